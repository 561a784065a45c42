"""Which product a file came from, by the columns that only its exports have.

Their columns find their places by `headers.py` like any others; that the file was recognised is said, so that
whoever moves house knows that the mapping is not a guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from guanxi.platform.i18n.labels import L
from guanxi.platform.records.importing.delimited import fold_header

LEAST = 2  # columns of its own, before a product is named


@dataclass(frozen=True, slots=True)
class Product:
    """What a product is called, and headers that tell its exports apart."""

    label: L
    tells: frozenset[str]


def product_of(headers: Iterable[str]) -> Product | None:
    """The product whose columns most of these are; None where none has enough of them, or two as many."""
    folded = {fold_header(one) for one in headers}
    hits = sorted(((len(one.tells & folded), at) for at, one in enumerate(PRODUCTS)), reverse=True)
    best, at = hits[0]
    return PRODUCTS[at] if best >= LEAST and best > hits[1][0] else None


def _product(label: L, headers: str) -> Product:
    return Product(label, frozenset(map(fold_header, headers.split(","))))


PRODUCTS = (
    _product(
        L("HubSpot", "HubSpot", "HubSpot"),
        "Record ID, Record ID - Contact, Record ID - Company, Record ID - Deal, "
        "Lifecycle Stage, Contact owner, Company owner, Deal owner, Associated Company, "
        "Primary Associated Company, Associated Company IDs, Marketing contact status, "
        "Original Source, State/Region, Country/Region, Company Domain Name, "
        "Number of Associated Contacts, Last Activity Date, Create Date, "
        "Mobile Phone Number, Deal Stage, HubSpot Team, Task Title, Task Status, Note body, "
        "Associated Contact, Associated Contact IDs, Associated Deal, Associated Deal IDs",
    ),
    _product(
        L("Salesforce", "Salesforce", "Salesforce"),
        "Account ID, Account ID 18, Contact ID, Opportunity ID, Lead ID, Owner ID, "
        "Account Owner, Opportunity Owner, Lead Owner, Mailing Street, Mailing City, "
        "Mailing State/Province, Mailing Zip/Postal Code, Mailing Country, "
        "Billing State/Province, Billing Zip/Postal Code, Other Street, Reports To ID, "
        "Probability (%), StageName, IsDeleted, SystemModstamp, LastModifiedById, CreatedById, "
        "WhoId, WhatId, 客户所有人, 联系人所有人, 业务机会所有人, 业务机会名称",
    ),
    _product(
        L("Zoho CRM", "Zoho CRM", "Zoho CRM"),
        "Record Id, Contact Owner Id, Account Name Id, Deal Owner Id, Lead Owner Id, "
        "Modified By Id, Created By Id, Vendor Name Id, Account Owner Id, Mailing Zip, Billing Code, "
        "Shipping Code, Email Opt Out, Closing Date, Reason For Loss, Lead Conversion Time, "
        "Sales Cycle Duration, Last Activity Time, Layout Id, Account Name.id, Contact Name.id, "
        "Lead Owner.id, Task Owner.id, Note Owner.id, Related To.id, Parent ID.id, Note Content",
    ),
    _product(
        L("Pipedrive", "Pipedrive", "Pipedrive"),
        "Deal - Title, Deal - Value, Deal - Stage, Deal - Organization, "
        "Deal - Contact person, Deal - Owner, Deal - Expected close date, Person - Name, "
        "Person - Email - Work, Person - Phone - Work, Person - Organization, Person - Owner, "
        "Deal - Pipeline, Deal - Currency of Value, Deal - Lost reason, "
        "Activity - Subject, Activity - Type, Activity - Done, Activity - Due date, "
        "Activity - Assigned to user, "
        "Activity - Deal, Activity - Person, Activity - Organization, Note - Content, Note - Deal, "
        "Lead - Title, Lead - Owner, Lead - Label names, Lead - Organization, Lead - Contact person, "
        "Organization - Name, Organization - Address, Organization - Owner, Organization - Label",
    ),
    _product(
        L("Odoo", "Odoo", "Odoo"),
        "External ID, Is a Company, Related Company, Related Company/Display Name, Parent name, "
        "Customer Rank, Expected Revenue, Expected Closing, Sales Team, Complete Name, "
        "Commercial Entity, Company Name Entity, is_company, parent_id/id, partner_id, partner_id/id, "
        "commercial_partner_id, country_id, category_id, user_id, stage_id, team_id, tag_ids, email_from, "
        "date_deadline, lost_reason_id, partner_name, 是公司, 预期收入",
    ),
    _product(
        L("EspoCRM", "EspoCRM", "EspoCRM"),
        "Account ID, Assigned User, Assigned User ID, Billing Address Street, "
        "Billing Address City, Billing Address Postal Code, Shipping Address City, Assigned User Name, "
        "Created By ID, Modified By ID, Created By Name, Close Date, Parent Type, Date End Date, "
        "Salutation Name",
    ),
    _product(
        L("Fxiaoke", "纷享销客", "紛享銷客"),
        "客户级别, 客户状态, 成交状态, 归属部门, 负责人主属部门, 最后跟进时间, 最后跟进人, "
        "商机金额, 预计成交日期, 商机2.0名称, 销售流程, 锁定状态, 生命状态, 业务类型, "
        "客户编号, 相关团队, 唯一性ID, 商机2.0编号, 阶段状态, 线索池, 线索编号, 所属公海, 锁定状态",
    ),
)

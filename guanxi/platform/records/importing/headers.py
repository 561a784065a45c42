"""What spreadsheets and other products call things. Data; the labels and synonyms of fields come on top.

Keys are names of fields. Words are compared without case, blanks and punctuation (`fold_header`).
"""

from __future__ import annotations

from guanxi.platform.records.importing.delimited import fold_header

NAMES: dict[str, str] = {
    "name": (
        "full name, display name, complete name, contact name, customer name, record name, fn, "
        "姓名, 名称, 名稱, "
        "名字, 客户名称, 客户姓名, 客户名, lead contact person"
    ),
    "company": (
        "account, account name, company, company name, organization, organisation, org, employer, "
        "firm, customer, associated company, primary associated company, associated company primary, "
        "parent account, related company, partner, parent, 相关公司, 公司, 公司名称, 单位, 单位名称, "
        "单位全称, 所属公司, 所属客户, 客户, "
        "客户名称, 企业名称, 公司名稱, 單位, 客戶, 客戶名稱"
    ),
    "contact": "contact, contact name, primary contact, contact person, 联系人, 主要联系人, 聯絡人",
    "product": "product, product name, item, item name, 产品, 产品名称, 意向产品, 產品, 商品",
    "title": "job title, job position, title, position, role, function, 职务, 职位, 岗位, 職稱, 職務, 職位",
    "department": "department, dept, division, unit, 部门, 所在部门, 部門",
    "wechat": "wechat, wechat id, weixin, 微信, 微信号, 微信號",
    "birthday": "birthday, birthdate, date of birth, dob, 生日, 出生日期",
    "website": (
        "website, web site, website url, url, domain, company domain name, homepage, web, 网站, 网址, 官网, "
        "公司网址, 網站, 網址"
    ),
    "level": "level, grade, rating, tier, 级别, 等级, 客户等级, 級別, 等級",
    "industry": "industry, sector, branch, vertical, 行业, 所属行业, 一级行业, 產業, 行業",
    "employees": (
        "employees, number of employees, no of employees, headcount, staff, company size, 员工人数, "
        "人数, 规模, 員工人數"
    ),
    "founded": "founded, year founded, year established, established, founded year, 成立年份, 成立时间",
    "revenue": "revenue, annual revenue, turnover, sales, 年营业额, 年收入, 营业收入, 年營業額",
    "parent": (
        "parent, parent id, parent account, parent company, subsidiary of, belongs to, 上级单位, "
        "母公司, 上级公司"
    ),
    "tax_no": "tax number, tax id, vat, vat number, tax no, 税号, 统一社会信用代码, 统一編號",
    "about": (
        "description, notes, note, comment, comments, remarks, memo, about, about us, details, 备注, "
        "说明, 描述, 简介, 线索详情, lead title, 備註, 說明"
    ),
    "source": (
        "source, lead source, account source, original source, original traffic source, source origin, "
        "origin, channel, 来源, 客户来源, 线索来源, 商机来源, 來源"
    ),
    "external_id": (
        "id, record id, object id, external id, uid, uuid, number, no, id 18, prospect id, "
        "编号, 唯一性id, 编码id, 編號"
    ),
    "owner": (
        "owner, owner id, owner name, account owner, contact owner, deal owner, opportunity owner, "
        "company owner, record owner, sales agent, sales rep, salesperson, sales person, rep, agent, "
        "assigned to, assigned to user, assigned user, assigned user name, assignee, user, account manager, "
        "task owner, note owner, event owner, call owner, activity assigned to, "
        "负责人, 所有人, 客户所有人, 联系人所有人, 业务机会所有人, 客户所有者, 联系人所有者, "
        "商机所有者, 线索所有者, 销售员, 业务员, 销售, 跟进人, 接待人, 客户经理, 归属人, 負責人, 業務"
    ),
    "team": (
        "team, sales team, owner team, region, regional office, office, 团队, 部门, 所属部门, "
        "归属部门, 區域, "
        "团队名称, 團隊"
    ),
    "tags": "tags, tag, labels, label, categories, category, keywords, 标签, 分组, 標籤",
    "stage": (
        "stage, deal stage, stage name, sales stage, opportunity stage, status, phase, 阶段, "
        "销售阶段, 商机阶段, 階段"
    ),
    "pipeline": "pipeline, pipeline name, sales process, 销售流程, 流程, 銷售流程",
    "amount": (
        "amount, deal value, value, deal amount, close value, opportunity amount, expected revenue, "
        "total, price, budget, 金额, 商机金额, 预计金额, 预期收入, 销售金额, 成交金额, 预算, 金額"
    ),
    "price": (
        "price, sales price, unit price, list price, msrp, standard price, 单价, 价格, 标准价, 售价, "
        "單價, 價格"
    ),
    "code": (
        "code, sku, product code, product number, item number, part number, model, 编码, 产品编号, "
        "产品编码, 型号"
    ),
    "category": (
        "category, series, family, product family, product line, product type, 系列, 分类, 产品分类, 類別"
    ),
    "expected_close": (
        "expected close, close date, expected close date, closing date, expected closing, closedate, "
        "estimated close, date deadline, 预计成交日期, 预计结单日期, 预计成交, 预期结束日期, 預計成交"
    ),
    "closed_on": (
        "closed on, closed date, date closed, actual close date, won date, won time, 成交日期, 实际成交日期, "
        "结单日期, 結案日期"
    ),
    "opened_on": (
        "opened on, engage date, start date, created date, create date, date created, created on, "
        "deal created, created at, created time, 创建时间, 创建日期, 开始日期, 建立日期"
    ),
    "next_step": "next step, next steps, next action, next activity, 下一步, 后续计划, 下一步計畫",
    "next_step_on": (
        "next step date, next contact, next activity date, next contact date, follow up date, "
        "下次联系, 下次跟进时间, 下次聯絡, 下次聯絡日期, 下次跟進"
    ),
    "lost_reason": (
        "lost reason, loss reason, closed lost reason, reason lost, reason for loss, 输单原因, 失單原因"
    ),
    "family": "last name, surname, family name, lastname, 姓, 姓氏",
    "given": "first name, given name, forename, firstname, 名",
    "middle": "middle name",
    "prefix": "salutation, prefix, honorific",
    "suffix": "suffix",
    "manager": "manager, team lead, supervisor, reports to, 主管, 经理, 上级",
    "email": "email, e-mail, mail, email address, 邮箱, 电子邮箱",
    # Of activities; their labels and synonyms know the rest.
    "subject": "name, task title, task name, note title, meeting name, call subject, activity subject",
    "body": (
        "note content, note body, content, body, task notes, call notes, 跟进内容, 销售记录内容, 跟進內容"
    ),
    "due_at": "date end, date end date, due on, 截止日期",
    "done_at": (
        "completed, completed at, completed date, completed date time, date completed, closed time, "
        "marked as done time, activity date, 实际完成时间, 跟进时间, 跟進時間"
    ),
    "company_name": "partner name, company, 公司名称, 公司名稱",
}
# What a record is called beside its name, in words that are only taken where it has no other.
SECOND_NAMES = frozenset({"displayname", "completename", "recordname", "唯一性id"})
# What a thing has behind its name: a "customer level" names no customer, nor does a "type of account".
ATTRIBUTES = (
    "level, grade, rating, tier, class, classification, type, kind, category, segment, status, state, "
    "stage, source, channel, origin, size, scale, industry, sector, territory, department, role, rank, "
    "priority, score, tag, tags, label, labels, note, notes, remark, remarks, comment, comments, "
    "description, value, date, "
    "级别, 等级, 星级, 评级, 分级, 层级, 类型, 类别, 分类, 种类, 性质, 属性, 状态, 阶段, 来源, 渠道, "
    "规模, 行业, 区域, 地区, 部门, 角色, 排名, 优先级, 评分, 得分, 分数, 热度, 标签, 备注, 说明, 描述, "
    "简介, 需求, 数量, 价值, 日期, 时间, "
    "級別, 等級, 星級, 評級, 分級, 層級, 類型, 類別, 分類, 種類, 性質, 屬性, 狀態, 階段, 來源, 管道, "
    "規模, 產業, 區域, 地區, 部門, 優先級, 評分, 分數, 熱度, 標籤, 備註, 說明, 簡介, 數量, 價值, 時間"
)
# By what a thing is told apart, behind its name: "customer number" leads to the customer of that number.
NUMBERS = "number, no, code, 编号, 编码, 代码, 編號, 編碼, 代碼"
# What tells firms from people in a list of both.
IS_COMPANY = "is a company, is company, 是公司, 是一家公司, 是一間公司"
PHONES: dict[str, str] = {
    "": (
        "phone, phones, telephone, tel, phone number, telephone number, contact number, 电话, "
        "联系电话, 电话号码, 電話"
    ),
    "mobile": (
        "mobile, mobile phone, mobile phone number, cell, cell phone, mobile number, cellphone, "
        "handphone, 手机, 手机号, 手机号码, 移动电话, 手機, 行動電話"
    ),
    "work": (
        "work phone, business phone, office phone, company phone, direct phone, 办公电话, 公司电话, "
        "座机, 固定电话, 公司電話"
    ),
    "home": "home phone, private phone, 住宅电话, 家庭电话, 住家電話",
    "fax": "fax, fax number, work fax, business fax, 传真, 傳真",
    "other": "other phone, assistant phone, pager, 其他电话",
}
EMAILS: dict[str, str] = {
    "": (
        "email, emails, e-mail, mail, email address, e-mail address, primary email, email from, "
        "邮箱, 电子邮箱, "
        "邮件, 邮件地址, 電子郵件, 電郵, 電郵地址, 電子信箱, 信箱"
    ),
    "work": "work email, business email, company email, 工作邮箱, 公司邮箱",
    "home": "home email, private email, personal email, 私人邮箱, 个人邮箱",
    "billing": "billing email, invoice email, 账单邮箱",
    "other": "other email, secondary email, alternate email",
}
PARTS: dict[str, str] = {
    "country": "country, country region, 国家/地区, 国家, 國家, 国家地区",
    "province": (
        "state, province, region, state region, state province, county, state county, 省, 省份, 州, "
        "州/省, 縣市"
    ),
    "city": "city, town, locality, city town village locality, 城市, 市, 所在城市",
    "district": "district, area, district sublocality, 区, 县, 区县, 区/县, 所在区县, 區",
    "street": (
        "address, location, office location, street, address line 1, address 1, street address, "
        "full address, 地址, 详细地址, 街道, 联系地址, 公司地址, 通讯地址"
    ),
    "postcode": (
        "postcode, postal code, zip, zip code, zipcode, post code, zip postal code, 邮编, 邮政编码, 郵遞區號"
    ),
}
# A further line of the street, which stands behind the first in the same place.
SECOND_LINE = (
    "street 2, street address 2, street line 2, address line 2, address 2, apartment suite no, 地址 2, 街道 2"
)
ADDRESS_KINDS: dict[str, str] = {
    "office": (
        "mailing, office, work, business, company, headquarters, head office, registered, 办公, 公司, 邮寄"
    ),
    "billing": "billing, invoice, 开票, 开单, 账单, 帳單",
    "shipping": "shipping, delivery, 收货, 送貨",
    "home": "home, private, 家庭, 住宅",
    "other": "other, 其他",
}
# A code among the parts of an address, once its kind is said: "billing code".
CODE_OF_PLACE = frozenset({"code"})
# An address said to be one before its part: "address city".
WHOLE_PLACE = ("address", "地址")
# The same behind its part: "city of address".
OF_PLACE = "ofaddress"
# What may stand between the kind of an address and its part: "billing address city", "开票地址城市".
BETWEEN_KIND_AND_PART = ("", *WHOLE_PLACE)
CURRENCIES = (
    "currency, currency code, currency iso code, record currency, transaction currency, 币种, 货币, 币别, "
    "幣別, 貨幣"
)
# The same after the name of the amount, or before it: "amount currency", "currency of value".
CURRENCY_AFTER = ("currency", "currencycode", "币种", "幣別")
CURRENCY_BEFORE = ("currencyof",)
# How a record of a board ended, in the words of other products, by the kind of the lane that means it.
OUTCOMES: dict[str, str] = {
    "open": (
        "open, opened, in progress, ongoing, active, pending, under way, not closed, 进行中, 跟进中, 未结束, "
        "未成交, 打开, 開啟, 進行中, 跟進中, 未結束, 未結案"
    ),
    "won": (
        "won, win, closed won, deal won, succeeded, successful, 赢单, 已赢单, 赢, 成交, 已成交, 成功, 签约, "
        "已签约, 贏單, 已贏單, 贏, 簽約, 已簽約"
    ),
    "lost": (
        "lost, lose, loss, closed lost, deal lost, dead, failed, unsuccessful, 输单, 已输单, 输, 丢单, "
        "已丢单, 失单, 已流失, 失败, 輸單, 已輸單, 輸, 丟單, 失單, 已失單, 失敗"
    ),
}
# Whether something is done, where a column says it by a word instead of a day.
STATES = (
    "status, state, task status, activity status, to do status, completed, is completed, complete, done, "
    "is done, closed, is closed, 状态, 任务状态, 完成状态, 是否完成, 是否已完成, 已完成, "
    "狀態, 任務狀態, 完成狀態"
)
DONE_WORDS: dict[bool, str] = {
    True: (
        "completed, complete, done, closed, finished, held, succeeded, 已完成, 完成, 已结束, 已结案, 已关闭, "
        "已結束, 已結案, 已關閉"
    ),
    False: (
        "not started, not done, not held, open, in progress, waiting, waiting on someone else, "
        "waiting for input, pending, pending input, deferred, planned, scheduled, overdue, new, to do, "
        "未开始, 未完成, 进行中, 待办, 待处理, 等待中, 推迟, 已延期, 已逾期, 计划中, "
        "未開始, 進行中, 待辦, 待處理, 推遲, 計劃中"
    ),
}
# How other products say that a column shows of what it links to: "Related Company/Display Name".
SHOWN_BY = frozenset({"display name", "name", "external id", "id", "database id"})
# Columns of other products that speak of their own machinery, and yes or no of what a field here holds; kept
# out unless somebody wants them.
MACHINERY = (
    "is a company, is company, 是公司, 是一家公司, 是一間公司, is private, do not call, "
    "do not email, email opt out, "
    "sms opt out, fax opt out, has opted out of email, has opted out of fax, email bounced, "
    "email bounced reason, email bounced date, email is invalid, email address is invalid, "
    "email address is opted out, phone number is invalid, phone number is opted out, "
    "is deleted, system modstamp, last modified by id, last modified date, created by id, last viewed date, "
    "last referenced date, photo url, record type id, master record id, jigsaw company id, "
    "jigsaw contact id, fivetran synced, fivetran active, is won, "
    "最后跟进人, 最后修改人, 创建人, 负责人主属部门, 外部负责人, 剩余保有时间, 锁定人, "
    "geocode accuracy, latitude, longitude"
)


def words(listed: str) -> frozenset[str]:
    """The folded words of an entry above."""
    return frozenset(fold_header(word) for word in listed.split(","))


KNOWN: frozenset[str] = frozenset().union(
    *(words(listed) for table in (NAMES, PHONES, EMAILS, PARTS) for listed in table.values())
)

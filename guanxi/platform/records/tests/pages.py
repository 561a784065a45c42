"""Records for the tests of pages: one company with people and a deal, owned by the rep of the south."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from guanxi.platform.records.models import Tag
from guanxi.platform.records.writing import create_record
from guanxi.platform.tenancy.context import in_workspace
from tests.cast import Cast, actor


@dataclass
class Shop:
    """What stands in 溪山仪器, and who asks for it."""

    cast: Cast
    company: Any
    contact: Any
    far: Any  # a company of the stranger's, in the north
    deal: Any
    stages: list[Any]
    tag: Any


@pytest.fixture
def shop(cast: Cast) -> Shop:
    admin, rep, stranger = actor(cast.admin), actor(cast.rep), actor(cast.stranger)
    with in_workspace(cast.xishan.pk):
        tag = Tag(workspace=cast.xishan, name="食品饮料", tone="malachite")
        tag.save()
        company = create_record(
            object="company",
            values={
                "name": "禾木食品",
                "industry": "food",
                "phones": [{"typed": "0571-8820 4410"}],
                "next_step": "打电话问二线扩产",
                "next_step_on": "2020-01-02",
                "tags": [tag.pk],
            },
            by=rep,
        )
        contact = create_record(
            object="contact",
            values={"name": "李卓然", "company": company.pk, "emails": [{"email": "li@hemu.example"}]},
            by=rep,
        )
        far = create_record(object="company", values={"name": "北辰制药"}, by=stranger)
        pipeline = create_record(object="pipeline", values={"name": "Instruments"}, by=admin)
        stages = [
            create_record(
                object="stage",
                values={
                    "name": name,
                    "pipeline": pipeline.pk,
                    "position": place,
                    "probability": share,
                    "kind": kind,
                },
                by=admin,
            )
            for place, (name, share, kind) in enumerate(
                [("Qualified", 20, "open"), ("Quoted", 60, "open"), ("Won", 100, "won"), ("Lost", 0, "lost")]
            )
        ]
        deal = create_record(
            object="deal",
            values={
                "name": "WQ-200",
                "company": company.pk,
                "contact": contact.pk,
                "stage": stages[0].pk,
                "amount": {"amount": "268000", "currency": "CNY"},
            },
            by=rep,
        )
    return Shop(cast, company, contact, far, deal, stages, tag)

"""The types of fields: one module per family. A type reads, keeps, compares and indexes values."""

from guanxi.platform.metadata.fields.base import Context, Field, Operator
from guanxi.platform.metadata.fields.choice import Choice, Choices, Option
from guanxi.platform.metadata.fields.contact_points import Addresses, Emails, Phones
from guanxi.platform.metadata.fields.file import File, Image
from guanxi.platform.metadata.fields.link import About, Link, Links, MemberLink, TeamLink, many_to
from guanxi.platform.metadata.fields.money import Money
from guanxi.platform.metadata.fields.number import Boolean, Decimal, Duration, Integer, Percent, Rating, Share
from guanxi.platform.metadata.fields.parts import Address, Parts, PersonName, RichText
from guanxi.platform.metadata.fields.tags import Tags
from guanxi.platform.metadata.fields.text import AutoNumber, District, Json, LongText, Position, Text, Url
from guanxi.platform.metadata.fields.time import Date, DateTime

__all__ = [
    "About",
    "Address",
    "Addresses",
    "AutoNumber",
    "Boolean",
    "Choice",
    "Choices",
    "Context",
    "Date",
    "DateTime",
    "Decimal",
    "District",
    "Duration",
    "Emails",
    "Field",
    "File",
    "Image",
    "Integer",
    "Json",
    "Link",
    "Links",
    "LongText",
    "MemberLink",
    "Money",
    "Operator",
    "Option",
    "Parts",
    "Percent",
    "PersonName",
    "Phones",
    "Position",
    "Rating",
    "RichText",
    "Share",
    "Tags",
    "TeamLink",
    "Text",
    "Url",
    "many_to",
]

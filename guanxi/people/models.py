from guanxi.people.companies.models import Company
from guanxi.people.contacts.models import Contact

__all__ = ["Company", "Contact"]

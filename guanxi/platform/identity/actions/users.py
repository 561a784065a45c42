"""People of the whole installation: making them, their password, their own settings."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from guanxi.platform.identity.models import Session, User, fold_email

_PREFERENCES = ("name", "language", "timezone", "theme", "density", "shortcuts", "single_keys")


def create_user(*, email: str, name: str, password: str | None, language: str = "") -> User:
    """A person who can sign in; without a password only after a reset.

    Raises ValidationError for an email that is taken or malformed and for a weak password.
    """
    user = User(email=fold_email(email), name=" ".join(name.split()), language=language)
    user.clean_fields(exclude={"password"})
    if password is None:
        user.set_unusable_password()
    else:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise ValidationError({"password": error.messages}) from None
        user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise ValidationError({"email": _("Somebody with this email is already here.")}) from None
    return user


def set_password(*, user: User, password: str) -> None:
    """A new password; it ends every session that was opened with the old one.

    Raises ValidationError for a weak password.
    """
    validate_password(password, user)
    user.set_password(password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        Session.objects.filter(user=user).delete()


def change_preferences(*, user: User, **values: Any) -> None:
    """Change what users choose: name, language, timezone, theme, density, shortcuts, single_keys.

    Raises ValidationError for values they can't have.
    """
    if unknown := set(values) - set(_PREFERENCES):
        raise ValidationError(_("Unknown settings: %(names)s") % {"names": ", ".join(sorted(unknown))})
    for name, value in values.items():
        setattr(user, name, value)
    user.clean_fields(exclude={"password"})
    user.save(update_fields=list(values))


def deactivate_user(*, user: User) -> None:
    """Shut a person out of every workspace at once; what they made stays."""
    with transaction.atomic():
        user.deactivated_at = timezone.now()
        user.save(update_fields=["deactivated_at"])
        Session.objects.filter(user=user).delete()

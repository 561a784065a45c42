"""The forms of sign-in and settings: what may be typed, and what it becomes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from guanxi.platform.i18n.addresses import country_choices
from guanxi.platform.i18n.dates import time_zones
from guanxi.platform.i18n.money import currency_choices, currency_of_country
from guanxi.platform.identity.models import User, fold_email
from guanxi.platform.tenancy.models import Workspace
from guanxi.web.components import Option

Form = forms.Form
NEVER = ""


class _Email(forms.EmailField):
    def clean(self, value: Any) -> str:
        return fold_email(super().clean(value))


class _Password(forms.CharField):
    """As typed: a space at the end belongs to it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, max_length=1000, **kwargs)


class SignInForm(Form):
    email = _Email()
    password = _Password()
    keep = forms.BooleanField(required=False)


class EmailForm(Form):
    email = _Email()


class PasswordForm(Form):
    password = _Password()


class NewPasswordForm(Form):
    password = _Password()


class JoinForm(Form):
    name = forms.CharField(max_length=150)
    password = _Password()


def _with_currency_of_country() -> list[tuple[str, str]]:
    return [("", str(_("The currency of the country"))), *currency_choices()]


class WorkspaceForm(Form):
    """Settings of a workspace."""

    name = forms.CharField(max_length=200)
    language = forms.ChoiceField(choices=settings.LANGUAGES)
    country = forms.ChoiceField(choices=country_choices)
    currency = forms.ChoiceField(choices=currency_choices)
    timezone = forms.ChoiceField(choices=time_zones)
    delta = forms.ChoiceField(
        choices=[("intl", _("Green is up, red is down")), ("cn", _("Red is up, green is down"))]
    )
    size = forms.ChoiceField(
        choices=[
            (Workspace.Size.SMALL.value, _("Up to five people")),
            (Workspace.Size.TEAM.value, _("A team or two")),
            (Workspace.Size.LARGE.value, _("Many teams")),
        ]
    )
    fiscal_month = forms.TypedChoiceField(choices=list(MONTHS.items()), coerce=int, required=False)

    def clean_fiscal_month(self) -> int:
        """The year of the calendar where nothing else is said."""
        return self.cleaned_data["fiscal_month"] or 1


class NewWorkspaceForm(WorkspaceForm):
    """A workspace that is begun: its currency is that of the country unless another is chosen."""

    currency = forms.ChoiceField(choices=_with_currency_of_country, required=False)

    def clean_currency(self) -> str:
        """The code; the country, which stands above it, is read before."""
        given = str(self.cleaned_data.get("currency") or "")
        return given or currency_of_country(str(self.cleaned_data.get("country", ""))) or "USD"


class SetUpForm(NewWorkspaceForm):
    """A workspace, its first administrator, and what to begin with."""

    person = forms.CharField(max_length=150)
    email = _Email()
    password = _Password()
    begin = forms.ChoiceField(
        choices=[("sample", _("With sample data, to look around")), ("empty", _("Empty, ready for your own"))]
    )

    def values(self) -> dict[str, Any]:
        """The arguments of set_up_installation."""
        data = self.cleaned_data
        return {
            "person": {"name": data["person"], "email": data["email"], "password": data["password"]},
            "workspace": {name: data[name] for name in WorkspaceForm.base_fields},
            "with_sample": data["begin"] == "sample",
        }


class InviteForm(Form):
    """Role and team are chosen among what the member may give."""

    email = _Email()
    role = forms.TypedChoiceField(coerce=int)
    team = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)

    def __init__(self, *args: Any, roles: list[Option], teams: list[Option], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(option.value, option.label) for option in roles]  # type: ignore[attr-defined]
        self.fields["team"].choices = [(option.value, option.label) for option in [Option("", "—"), *teams]]  # type: ignore[attr-defined]


class MemberForm(InviteForm):
    """What a member is in this workspace; the email belongs to the user."""

    email = None  # type: ignore[assignment]
    name = forms.CharField(max_length=150, required=False)
    title = forms.CharField(max_length=100, required=False)


class ProfileForm(Form):
    name = forms.CharField(max_length=150)
    language = forms.ChoiceField(choices=[("", _("As the workspace")), *settings.LANGUAGES], required=False)
    timezone = forms.ChoiceField(
        choices=lambda: [("", str(_("As the workspace"))), *time_zones()], required=False
    )
    theme = forms.ChoiceField(
        choices=[
            (User.Theme.SYSTEM.value, _("As the system")),
            (User.Theme.LIGHT.value, _("Light")),
            (User.Theme.DARK.value, _("Dark")),
        ]
    )
    density = forms.ChoiceField(
        choices=[
            (User.Density.COMPACT.value, _("Compact")),
            (User.Density.NORMAL.value, _("Normal")),
            (User.Density.RELAXED.value, _("Relaxed")),
        ]
    )


class ChangePasswordForm(Form):
    current = _Password()
    password = _Password()


class TokenForm(Form):
    name = forms.CharField(max_length=100)
    days = forms.TypedChoiceField(
        coerce=int,
        empty_value=None,
        required=False,
        choices=[
            ("30", _("30 days")),
            ("90", _("90 days")),
            ("365", _("One year")),
            (NEVER, _("Never")),
        ],
    )


def options(form: Form, name: str) -> list[Option]:
    """The choices of a field as the macros take them."""
    choices: Any = form.fields[name].choices  # type: ignore[attr-defined]
    return [Option(str(value), str(label)) for value, label in choices]


def value_of(form: Form, name: str) -> str:
    """What stands in a field now: typed, or the initial value."""
    value = form[name].value()
    return "" if value is None else str(value)


def error_of(form: Form, name: str) -> str:
    """What is wrong with a field, "" for nothing."""
    return " ".join(str(error) for error in form[name].errors)


def refuse(form: Form, error: Exception) -> None:
    """Show what a verb refused beside the field it speaks of, or above the form."""
    if isinstance(error, ValidationError) and hasattr(error, "error_dict"):
        for name, errors in error.error_dict.items():
            form.add_error(name if name in form.fields else None, ValidationError(errors))
    elif isinstance(error, ValidationError):
        form.add_error(None, error)
    elif isinstance(error, PermissionDenied):
        form.add_error(None, str(error) or str(_("Your role does not include this.")))
    else:
        raise error

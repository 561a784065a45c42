"""What can be wrong with a file as a whole."""

from __future__ import annotations

from django.utils.translation import gettext as _


class UnreadableFile(Exception):
    """A file that is refused, with the reason and the way out in the reader's language.

    code     stable name of the reason, for tests and for the API
    reason   what is wrong
    remedy   what the reader can do about it
    """

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        self.facts = facts
        super().__init__(code)

    @property
    def reason(self) -> str:
        return _sentences(self.code)[0] % self.facts

    @property
    def remedy(self) -> str:
        return _sentences(self.code)[1] % self.facts

    def __str__(self) -> str:
        return f"{self.reason} {self.remedy}"


def _sentences(code: str) -> tuple[str, str]:
    """Reason and remedy; translated when they are asked for, since a job raises and a page shows."""
    save_again = _("Open it in a spreadsheet program and save it as .xlsx or as .csv.")
    known = {
        "no_file": (_("There is no file."), _("Choose at least one.")),
        "upload_too_large": (
            _("“%(name)s” is larger than %(limit)s MB, the most that is taken over the web."),
            _("Part it, or have it brought in on the server with guanxi import, where nothing is too large."),
        ),
        "empty": (_("There is no row in this file."), _("Choose another file or another sheet.")),
        "encrypted": (
            _("This file is locked with a password."),
            _("Open it, take the password off, save it, and choose it again."),
        ),
        "archive": (
            _("This is an archive that can't be opened here."),
            _("Pack it as a ZIP, or unpack it and choose the tables in it."),
        ),
        "broken_archive": (
            _("This archive is damaged."),
            _("Pack it again as a ZIP, or unpack it and choose the tables in it."),
        ),
        "packed_otherwise": (
            _("This archive is packed in a way that is not read here."),
            _("Pack it as an ordinary ZIP, or unpack it and choose the tables in it."),
        ),
        "no_table_in_archive": (
            _("There is no table in this archive, and none beside it."),
            _("Put the table at the top of the archive, or choose it together with the archive."),
        ),
        "too_many_parts": (
            _("This archive holds %(count)s files; %(limit)s are taken at once."),
            _("Part it, and bring the parts in one after the other."),
        ),
        "web_page": (_("This is a web page, even if its name says something else."), save_again),
        "not_a_table": (_("There is no table in this file that can be read."), save_again),
        "broken_workbook": (_("This workbook is damaged."), save_again),
        "broken_calendar": (_("This calendar is damaged."), save_again),
        "unpacks_too_large": (
            _("Unpacked, this file would be larger than %(limit)s MB."),
            _("Save the sheet as .csv: a CSV may be of any size."),
        ),
        "too_slow": (
            _("This workbook could not be opened within %(seconds)s seconds."),
            _("Save the sheet as .csv: a CSV may be of any size."),
        ),
        "no_such_sheet": (
            _("There is no sheet named “%(sheet)s”."),
            _("The sheets are: %(sheets)s."),
        ),
        "unknown_encoding": (
            _("“%(encoding)s” is not an encoding that is known."),
            _("Choose one of the list, such as UTF-8 or GB18030."),
        ),
        "wrong_encoding": (
            _("%(count)s places cannot be read as %(encoding)s, the first on line %(line)s."),
            _("Choose another encoding."),
        ),
        "line_too_long": (
            _("A line of this file is longer than %(limit)s MB."),
            _("A table has a line for every row; save it again as .csv."),
        ),
        "unclosed_quote": (
            _("A quotation mark on line %(line)s is never closed, so that the rows after it would be lost."),
            _("Close it or remove it, or choose that quotation marks are ordinary signs."),
        ),
        "too_many_columns": (
            _("This file has %(count)s columns; %(limit)s can be imported."),
            _("Remove the columns that you do not need."),
        ),
        "no_such_header": (
            _("There is no row %(row)s that could hold the names of the columns."),
            _("Choose another row or say that there is none."),
        ),
    }
    return known[code]

"""Names that a workspace can't give: they mean something else where a name stands."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# In JSON, in filters and formulas, in forms.
RESERVED_FIELDS = _words(
    """
    id version custom workspace archived_at updated_by sort_key kind pulse and or not is in empty
    contains starts between below me mine today next data total name-sent more anyway true false null
    this last case when then else end of title
    """
)
# Addresses, and what facts and rights call something else; names that the product will want for itself.
RESERVED_OBJECTS = _words(
    """
    shape shapes rule rules
    object objects field fields member members team teams role roles token tokens tag tags view views
    layout layouts share shares
    fact facts settings search import imports undo today calendar notification notifications file files
    attachment attachments event events api static media gallery health sign_in sign_out set_up join
    invite invitation workspace workspaces user users admin new edit board bulk batch export summary
    lead leads quote quotes order orders contract contracts invoice invoices payment payments ticket
    tickets campaign campaigns segment segments mailing mailings journey journeys form forms page pages
    survey surveys knowledge article articles metric metrics dashboard dashboards report reports
    workflow workflows trigger triggers approval approvals pool pools target targets forecast forecasts
    receipt receipts instalment instalments delivery deliveries allocation allocations amendment amendments
    party parties order_line order_lines delivery_line delivery_lines invoice_line invoice_lines
    invoice_title invoice_titles statement statements receivable receivables number numbers
    relation relations consent consents timeline record records history system all mine more help about
    divisions portal portals inbox chat changes billing plan plans trash privacy erasure erasures batches
    clash clashes paste delegation delegations
    """
)

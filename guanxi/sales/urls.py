from django.urls import URLPattern, URLResolver, path

from guanxi.sales.commissions import views as commissions
from guanxi.sales.copies import views as copies
from guanxi.sales.deals import views
from guanxi.sales.forecasts import views as forecasts
from guanxi.sales.gates import views as gates
from guanxi.sales.instalments import views as instalments
from guanxi.sales.invoices import views as invoices
from guanxi.sales.leads import views as leads
from guanxi.sales.lines import editor
from guanxi.sales.numbering import views as numbering
from guanxi.sales.orders import views as orders
from guanxi.sales.pools import views as pools
from guanxi.sales.projects import views as projects
from guanxi.sales.quotes import public
from guanxi.sales.quotes import views as quotes
from guanxi.sales.receipts import views as receipts
from guanxi.sales.statements import views as statements
from guanxi.sales.targets import views as targets

urlpatterns: list[URLPattern | URLResolver] = [
    path("leads/<int:record_id>/conversion/", leads.conversion),
    path("pools/", pools.pools, name="pools"),
    path("pools/<int:pool_id>/members/", pools.members),
    path("pools/<int:pool_id>/claims/", pools.claims),
    path("pools/<int:pool_id>/rules/new/", pools.rule),
    path("pools/<int:pool_id>/replays/<int:job_id>/", pools.replayed),
    path("pools/<int:pool_id>/rules/<int:rule_id>/", pools.rule),
    path("pools/<int:pool_id>/rules/new/condition/", pools.condition_of_rule),
    path("pools/<int:pool_id>/rules/<int:rule_id>/condition/", pools.condition_of_rule),
    path("settings/numbers/", numbering.numbers, name="numbers"),
    path("settings/pipelines/", views.pipelines, name="pipelines"),
    path("settings/pipelines/<int:pipeline_id>/", views.pipeline),
    path("settings/stages/<int:stage_id>/", views.stage),
    path("settings/stages/<int:stage_id>/gate/", gates.gate),
    path("deals/<int:deal_id>/checks/<int:item_id>/", gates.check),
    path("performance/", targets.reached, name="performance"),
    path("performance/grid/", targets.grid),
    path("performance/forecast/", forecasts.forecast),
    path("performance/funnel/", forecasts.stages),
    path("performance/commission/", commissions.statements),
    path("receivables/", statements.receivables, name="receivables"),
    path("companies/<int:company_id>/statement/", statements.statement),
    path("deals/<int:deal_id>/order/", orders.from_deal),
    path("quotes/<int:quote_id>/order/", orders.from_quote),
    *(
        path(f"{name}s/<int:whole_id>/copy/", copies.copy, {"name": name})
        for name in ("deal", "quote", "order")
    ),
    path("deals/<int:deal_id>/contract/", orders.contract_from_deal),
    path("deals/<int:whole_id>/project/", projects.open_one, {"name": "deal"}),
    path("orders/<int:whole_id>/project/", projects.open_one, {"name": "order"}),
    path("contracts/<int:whole_id>/project/", projects.open_one, {"name": "contract"}),
    path("projects/<int:project_id>/milestones/", projects.from_template),
    path("orders/<int:order_id>/deliver/", orders.delivery),
    path("orders/<int:order_id>/take-back/", orders.take_back),
    path("orders/<int:whole_id>/plan/", instalments.plan, {"name": "order"}),
    path("orders/<int:whole_id>/invoice/", invoices.request_invoice, {"name": "order"}),
    path("contracts/<int:whole_id>/plan/", instalments.plan, {"name": "contract"}),
    path("contracts/<int:whole_id>/invoice/", invoices.request_invoice, {"name": "contract"}),
    path("receipts/<int:receipt_id>/allocate/", receipts.allocation),
    path("settings/quotes/", quotes.limits, name="quote_limits"),
    path("lines/<object:obj>/<int:document_id>/", editor.save),
    path("deals/<int:deal_id>/quote/", quotes.from_deal),
    path("quotes/<int:quote_id>/pdf/", quotes.pdf),
    path("quotes/<int:quote_id>/send/", quotes.send),
    path("quotes/<int:quote_id>/verbs/<slug:noun>/", quotes.verb),
    path("q/<str:raw>/", public.page, name="customers_quote"),
    path("q/<str:raw>/answer/", public.answer),
    path("q/<str:raw>/pdf/", public.pdf),
]

from guanxi.sales.buyers.models import Buyer
from guanxi.sales.commissions.models import Commission, CommissionLine, CommissionRule, CommissionTier
from guanxi.sales.contracts.models import Amendment, Contract, Party
from guanxi.sales.deals.models import Deal, Pipeline, Stage
from guanxi.sales.deliveries.models import Delivery, DeliveryLine
from guanxi.sales.forecasts.models import Forecast, Stay
from guanxi.sales.gates.models import Passage, StageCheck, Tick
from guanxi.sales.instalments.models import Instalment
from guanxi.sales.invoices.models import Invoice, InvoiceLine, InvoiceTitle
from guanxi.sales.leads.models import Lead
from guanxi.sales.lines.models import DealLine
from guanxi.sales.orders.models import Order, OrderLine
from guanxi.sales.pools.models import Pool, PoolMember, PoolMove, PoolRule, PoolView, PoolWarning
from guanxi.sales.prices.models import Price, PriceBook
from guanxi.sales.products.models import BundleItem, Product
from guanxi.sales.projects.models import Milestone, Project, ProjectTemplate, TemplateStep, TimeEntry
from guanxi.sales.quotes.models import Quote, QuoteLine, QuoteLink, QuotePolicy, QuoteVersion
from guanxi.sales.receipts.models import Allocation, Receipt
from guanxi.sales.rivals.models import Rival
from guanxi.sales.splits.models import Split
from guanxi.sales.targets.models import Target
from guanxi.sales.tenders.models import Feed, Subscription, TakenEntry, Tender

__all__ = [
    "Allocation",
    "Amendment",
    "BundleItem",
    "Buyer",
    "Commission",
    "CommissionLine",
    "CommissionRule",
    "CommissionTier",
    "Contract",
    "Deal",
    "DealLine",
    "Delivery",
    "DeliveryLine",
    "Feed",
    "Forecast",
    "Instalment",
    "Invoice",
    "InvoiceLine",
    "InvoiceTitle",
    "Lead",
    "Milestone",
    "Order",
    "OrderLine",
    "Party",
    "Passage",
    "Pipeline",
    "Pool",
    "PoolMember",
    "PoolMove",
    "PoolRule",
    "PoolView",
    "PoolWarning",
    "Price",
    "PriceBook",
    "Product",
    "Project",
    "ProjectTemplate",
    "Quote",
    "QuoteLine",
    "QuoteLink",
    "QuotePolicy",
    "QuoteVersion",
    "Receipt",
    "Rival",
    "Split",
    "Stage",
    "StageCheck",
    "Stay",
    "Subscription",
    "TakenEntry",
    "Target",
    "TemplateStep",
    "Tender",
    "Tick",
    "TimeEntry",
]

from guanxi.sales.deals.models import Deal, Pipeline, Stage
from guanxi.sales.lines.models import DealLine
from guanxi.sales.products.models import Product

__all__ = ["Deal", "DealLine", "Pipeline", "Product", "Stage"]

from guanxi.sales.deals.models import Deal, Pipeline, Stage
from guanxi.sales.products.models import Product

__all__ = ["Deal", "Pipeline", "Product", "Stage"]

"""What a Chinese tax number looks like: 18 signs of the unified code, or 15 to 20 of older and other ones."""

import re

TAX_NUMBER = re.compile(r"[0-9A-Z]{15,20}")

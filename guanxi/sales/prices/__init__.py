"""Price books: what a product costs whom, when, in which currency and from which quantity on."""

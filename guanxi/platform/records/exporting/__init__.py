"""Records leave for other programs: what a list shows, page by page, so that memory does not grow with it.

formats    which formats there are, for which objects; the doors (page, API, command) ask here
tables     CSV and XLSX, in a form that the import reads back
documents  JSON, one record in the form of the API
cards      vCard, for what has a phone or an email
"""

"""A whole workspace as open files, and back: to leave a server, to move to another one, to keep.

The file is a ZIP:

    manifest.json       what it is: version, the workspace, rows and SHA-256 of every table
    README.txt          the same for people
    users.jsonl         who worked there: name, email, language; no passwords
    tables/*.jsonl      every table, one row a line, in the order of its keys
    records/*.csv       the records once more, as `guanxi export` writes them, for spreadsheets
    files/<sha256>      what was uploaded

Everything is in it but what only holds in one place: passwords, tokens, open invitations, running jobs, the
files of imports, and the index of search, which is made anew. `guanxi backup` copies a whole installation.

    tables      which tables there are, and how a row becomes a line
    packing     writes the file from one moment's view of the database
    unpacking   brings it into an installation that does not have the workspace: all of it or nothing
"""

"""Icons that the sprite always holds, because their names come from data: kinds of activity, fields, objects.

A name that a template or script hands to icon(), or as icon= to a macro, needs no line here.
"""

# fmt: off
icons = [
    "activity", "alarm-clock", "archive", "arrow-down", "arrow-down-wide-narrow", "arrow-left",
    "arrow-left-right", "arrow-right", "arrow-up", "at-sign", "ban", "banknote", "bell", "book-open",
    "bookmark", "box", "braces", "briefcase-business", "building-2", "cake", "calendar", "calendar-clock",
    "calendar-days", "calendar-plus", "chart-line", "chart-no-axes-column",
    "chart-no-axes-column-increasing", "check", "check-check",
    "chevron-down", "chevron-left", "chevron-right", "chevron-up", "chevrons-up-down", "circle",
    "circle-alert", "circle-check", "circle-chevron-down", "circle-dashed", "circle-dollar-sign",
    "circle-dot", "circle-question-mark", "circle-stop", "circle-x", "clipboard-list", "clock", "coins",
    "columns-3", "contact-round", "copy", "copy-minus", "corner-down-left", "corner-down-right",
    "corner-up-left", "download", "ellipsis", "external-link", "eye", "eye-off", "file", "file-check",
    "file-plus", "file-signature", "file-text", "flame", "folder", "folder-kanban", "gavel",
    "git-merge", "globe", "handshake", "hash", "history", "hourglass", "id-card", "image", "inbox", "info",
    "key-round", "keyboard",
    "languages", "layers", "layout-grid", "lightbulb", "link", "link-2", "list", "list-checks",
    "list-filter", "list-ordered", "loader-circle", "lock", "log-out", "mail", "mail-open", "map",
    "map-pin", "map-pinned", "maximize-2", "menu", "message-circle", "message-square", "milestone", "minus",
    "monitor", "moon", "moon-star", "network", "notebook-pen", "package", "paperclip", "pause", "pen-line",
    "pencil", "percent", "phone", "phone-incoming", "phone-missed", "phone-outgoing", "pilcrow", "play",
    "plus", "printer", "receipt", "refresh-cw", "reply", "rotate-ccw", "rss", "search", "search-x", "send",
    "shield", "shopping-cart", "sigma", "sliders-horizontal", "smartphone", "square-check-big",
    "scale",
    "square-function", "square-kanban", "square-pen", "stamp", "star", "sun", "table-2", "tag", "target",
    "text-cursor-input", "toggle-left", "trash-2", "triangle-alert", "trophy", "truck", "type", "undo-2",
    "upload", "user", "user-plus", "user-round", "user-round-check", "user-round-pen", "user-x", "users",
    "users-round", "video", "wallet", "wifi-off", "x", "zap",
]
# fmt: on

// Everything that runs in the page. Each behaviour is a module that wires itself to attributes by delegation, so
// that what htmx swaps in works without being told. None of it is needed to read or to send a form.

import "./behaviours/htmx.js"
import "./behaviours/shell.js"
import "./behaviours/keys.js"
import "./behaviours/menu.js"
import "./behaviours/dialog.js"
import "./behaviours/toast.js"
import "./behaviours/list.js"
import "./behaviours/bulk.js"
import "./behaviours/peek.js"
import "./behaviours/edit.js"
import "./behaviours/combobox.js"
import "./behaviours/composer.js"
import "./behaviours/palette.js"
import "./behaviours/live.js"

// Builds the front end: guanxi/web/assets → guanxi/web/dist. Run it through scripts/build.
//
// What becomes what
//   main.js, css/main.css, …    the entries below, bundled and minified: main.js → main-3F2A.js. What an entry loads
//                               with import("./islands/x.js") becomes a chunk of its own, fetched when it is needed.
//   assets/static/**            copied under a hashed name: static/logo.svg → logo-9C41D2E07B55.svg
//   icons.svg                   a sprite of the icons that are used, and no others. Used is what stands as
//                               icon("users"), icon="users", "icon": "users" or icons=["users", …] in a template,
//                               a Python file or a script; assets/icons/<name>.svg is ours and comes before Lucide's.
//                               Draw one with <svg><use href="{url of icons.svg}#users"/></svg>; stroke and fill are CSS.
//   manifest.json               {"main.js": "main-3F2A.js", "logo.svg": …, "icons.svg": …}; guanxi.web reads addresses here.
// Every name carries the hash of its content, so a browser may keep a file for ever; .br and .gz lie beside it.

import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { basename, dirname, extname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { brotliCompressSync, constants, gzipSync } from "node:zlib"
import { build } from "esbuild"

// Each list is built by itself: what two entries shared would be a chunk that a first visit waits for.
const entries = [
  ["main.js", "css/main.css", "css/gallery.css"],
  ["api.js", "css/api.css"],
  ["css/recipe.css"],
  ["css/uploads.css"],
  ["css/performance.css"],
  ["css/cube.css"],
  ["css/insights.css"],
  ["css/dashboards.css"],
]

const assets = dirname(fileURLToPath(import.meta.url))
const product = join(assets, "../..")
const root = join(product, "..")
const dist = join(product, "web/dist")
const fresh = `${dist}.new`

await rm(fresh, { recursive: true, force: true })
await mkdir(fresh, { recursive: true })
const bundles = await Promise.all(entries.map(bundle))
const manifest = { ...Object.assign({}, ...bundles), ...(await copies()), "icons.svg": await sprite() }
await writeFile(join(fresh, "manifest.json"), JSON.stringify(manifest, null, 1))
await compress()
await rm(dist, { recursive: true, force: true })
await rename(fresh, dist)

async function bundle(entries) {
  const { metafile } = await build({
    entryPoints: entries.map(name => join(assets, name)).filter(existsSync),
    outdir: fresh,
    bundle: true,
    splitting: true,
    format: "esm",
    minify: true,
    metafile: true,
    target: ["chrome123", "firefox128", "safari17.5"], // the browser floor of docs/subsystems/web.md
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".woff2": "file", ".svg": "file", ".png": "file" },
    legalComments: "eof",
    logLevel: "warning",
    absWorkingDir: root,
    nodePaths: [join(root, "node_modules")],
  })
  // A lazily loaded module has an entry point too, but nobody asks for it by name.
  const named = Object.entries(metafile.outputs).filter(
    ([, { entryPoint }]) => entryPoint && entries.includes(relative(assets, join(root, entryPoint))),
  )
  return Object.fromEntries(named.map(([file, { entryPoint }]) => [basename(entryPoint), basename(file)]))
}

async function copies() {
  const from = join(assets, "static")
  const copied = {}
  for (const path of await filesIn(from)) {
    const name = relative(from, path)
    copied[name] = await place(name, await readFile(path))
  }
  return copied
}

async function sprite() {
  const symbols = []
  const missing = []
  for (const [name, where] of [...(await usedIcons())].sort()) {
    const source = [join(assets, "icons", `${name}.svg`), join(root, "node_modules/lucide-static/icons", `${name}.svg`)]
    const path = source.find(existsSync)
    if (!path) {
      missing.push(`${where}: there is no icon "${name}"`)
      continue
    }
    const svg = await readFile(path, "utf8")
    const [, attributes, body] = svg.match(/<svg([^>]*)>([\s\S]*)<\/svg>/)
    const [, box] = attributes.match(/viewBox="([^"]+)"/)
    symbols.push(`<symbol id="${name}" viewBox="${box}">${body.replace(/\s*\n\s*/g, "")}</symbol>`)
  }
  if (missing.length) throw new Error(missing.join("\n"))
  const notice = "<!-- Icons by Lucide (lucide.dev), ISC licence, and Feather, MIT licence -->"
  return place("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${notice}${symbols.join("")}</svg>`)
}

/** Names of icons with the place that names each first. */
async function usedIcons() {
  const used = new Map()
  const sources = (await filesIn(product)).filter(
    path => /\.(py|html|js)$/.test(path) && !/\/(tests|dist|migrations|__pycache__)\//.test(path),
  )
  for (const path of sources) {
    const text = await readFile(path, "utf8")
    for (const [, list] of text.matchAll(/(?:\b|_)icons?["']?\s*[(=:]\s*(["'][a-z0-9-]+["']|\[[^\]]*\])/g)) {
      for (const [, name] of list.matchAll(/["']([a-z0-9-]+)["']/g)) {
        if (!used.has(name)) used.set(name, relative(root, path))
      }
    }
  }
  return used
}

async function place(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12).toUpperCase()
  const file = `${name.slice(0, -extname(name).length)}-${hash}${extname(name)}`
  await mkdir(dirname(join(fresh, file)), { recursive: true })
  await writeFile(join(fresh, file), content)
  return file
}

async function compress() {
  for (const path of await filesIn(fresh)) {
    if (!/\.(js|css|svg)$/.test(path)) continue
    const content = await readFile(path)
    const best = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }
    await writeFile(`${path}.br`, brotliCompressSync(content, best))
    await writeFile(`${path}.gz`, gzipSync(content, { level: 9 }))
  }
}

async function filesIn(folder) {
  if (!existsSync(folder)) return []
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath ?? entry.path, entry.name))
}

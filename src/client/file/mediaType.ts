// The MIME type of a file by its name. Programs are text, as GitHub serves them: the official registrations of these
// extensions belong to other things (`.ts` is MPEG video, `.rs` an XML format), and a browser would download the file
// instead of showing it. What sites are made of keeps its type.
import { lookup } from 'mrmime'

const textExtensions = new Set(
  (
    'adoc asm awk bash bat bib bzl c cc cfg cjsx clj cljs cmake cmd cpp cs csproj cts cue cxx d dart diff dockerfile ' +
    'editorconfig ejs el elm env erl ex exs f90 fish fs fsx gemspec gitignore go gql gradle graphql groovy h handlebars ' +
    'hbs hcl hh hpp hrl hs hxx inc ini ino ipy java jl kt kts lean lisp lock lua m make mk ml mli mm mts nim nix org ' +
    'pas patch php pl pm po pp prisma properties proto ps1 psd1 psm1 pug purs py pyi pyw r rake rb rkt rs rst rules sass ' +
    'sbt scala scm scss sh sln sol sql srt sv svelte swift tcl tex tf tfvars thrift toml ts tsx v vb vhd vhdl vim vue ' +
    'wat zig zsh'
  ).split(' '),
)
/** Without an extension, or with one that says nothing: `Dockerfile.dev`, `.env.example`. */
const textName =
  /^(?:go\.(?:mod|sum)|dockerfile|makefile|gnumakefile|cmakelists|jenkinsfile|vagrantfile|procfile|rakefile|gemfile|readme|license|licence|copying|notice|authors|changelog|contributing|codeowners|\.env|\.\w+(?:rc|ignore|config|attributes))(?:\.(?:dev|prod|test|local|example|sample|template))*$/i

/** @returns undefined for a name that doesn't tell. */
export function mediaTypeOf(name: string): string | undefined {
  const baseName = name.slice(name.lastIndexOf('/') + 1)
  const extension = /\.(\w+)$/.exec(baseName)?.[1]?.toLowerCase()
  if (textName.test(baseName) || (extension && textExtensions.has(extension))) return 'text/plain'
  if (extension === 'cjs') return 'text/javascript'
  return extension && lookup(extension)
}

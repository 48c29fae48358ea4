import { equal } from 'node:assert/strict'
import { mediaTypeOf } from '../../../src/client/file/mediaType.js'

describe('MIME types by name', () => {
  const text =
    'a.ts a.mts a.cts a.d.ts a.tsx A.TS a.rs a.go a.py a.toml a.c a.h a.java a.kt a.rb a.php a.sh a.sql a.lock a.vue ' +
    'Dockerfile Dockerfile.dev Makefile src/Makefile .env .env.example .gitignore .prettierrc LICENSE README go.mod'
  for (const name of text.split(' ')) it(`${name}: text/plain`, () => equal(mediaTypeOf(name), 'text/plain'))

  for (const [name, type] of [
    ['index.html', 'text/html'],
    ['a.css', 'text/css'],
    ['a.js', 'text/javascript'],
    ['a.mjs', 'text/javascript'],
    ['a.cjs', 'text/javascript'],
    ['a.json', 'application/json'],
    ['a.svg', 'image/svg+xml'],
    ['README.md', 'text/markdown'],
    ['a.yaml', 'text/yaml'],
    ['a.xml', 'text/xml'],
    ['a.txt', 'text/plain'],
    ['a.PNG', 'image/png'],
    ['a.mp4', 'video/mp4'],
    ['a.wasm', 'application/wasm'],
    ['ts', undefined],
    ['png', undefined],
    ['a.b/c', undefined],
    ['a.unknown', undefined],
    ['', undefined],
  ] as const)
    it(`${name || 'no name'}: ${type ?? 'none'}`, () => equal(mediaTypeOf(name), type))
})

// Opens a body by http(s) to be read as a stream: a stream of `fetch` costs as much again as hashing what comes out of it.
// Without `node:` before the names, because VS Code adds its proxy and certificate settings to modules of these names only.
import { get as httpGet } from 'http'
import { get as httpsGet } from 'https'
import type { DownloadFunction } from '../http/transport.js'

/** What follows a redirect, or decodes what was not asked for, would be somebody else's bytes: this does neither. */
export const download: DownloadFunction = (url, signal, headers) =>
  new Promise((resolve, reject) => {
    const target = new URL(url)
    const get = target.protocol === 'https:' ? httpsGet : httpGet
    const request = get(target, { signal, headers: { 'accept-encoding': 'identity', ...headers } }, body => {
      body.on('error', () => undefined) // told by who reads; nobody does yet
      resolve({
        status: body.statusCode ?? 0,
        header: name => [body.headers[name] ?? []].flat()[0],
        body,
        close: () => void body.destroy(),
      })
    })
    request.on('error', reject)
  })

// What is needed only once something is uploaded.
export { pathFilter } from '../glob.js'
export { collectFiles, secretOf } from '../upload/collect.js'
export { DefaultExclusions } from '../upload/defaultExclusions.js'

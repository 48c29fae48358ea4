// Loaded when the first watch begins.
export { Watcher } from '../message/watcher.js'

// A namespace is a prefix in the names of collections (`myapp/users`), so that programs of one owner do not meet.
import { assertCollection } from './aggregate/write.js'
import { invalidInput } from './errors.js'

/**
 * Names of collections in a namespace: `namespaced('myapp')('users')` is `myapp/users`. The namespace may have several
 * parts (`acme/shop`), a collection in it has one. Throws `INVALID_INPUT` for what is no text, is empty, holds a comma, `.`
 * or `..` as a part, or blanks at an end, and for `security`, with which the network's own permissions could be confused.
 */
export function namespaced(namespace: string): (collection: string) => string {
  assertCollection(namespace)
  for (const part of namespace.split('/')) assertPart(part, 'namespace')
  return collection => {
    assertCollection(collection)
    if (collection.includes('/')) throw invalidInput(`The collection “${collection}” must not hold a “/”.`)
    assertPart(collection, 'collection')
    return `${namespace}/${collection}`
  }
}

function assertPart(part: string, name: string): void {
  if (part.trim() === '' || part === '.' || part === '..' || part !== part.trim())
    throw invalidInput(`“${part}” can not be a part of the name of a ${name}.`)
  if (part === 'security') throw invalidInput(`“security” is the network’s own name and can not be part of a ${name}.`)
}

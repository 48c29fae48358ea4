// `fetch` for tests that ask a node now and then. Nodes close idle connections, and the platform may just have taken one of
// those: asked again, it takes another. What the tests send can be sent twice.
const attempts = 6

export async function nodeFetch(url: string, init?: RequestInit): Promise<Response> {
  for (let left = attempts - 1; ; left--)
    try {
      return await fetch(url, init)
    } catch (error) {
      if (!left) throw error
    }
}

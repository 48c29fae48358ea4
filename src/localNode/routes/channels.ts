// All channels in use, as of up to two hours ago (protocol §5.6).
import { spaced, type Context, type NodeParts, type Reply } from '../http.js'

const keptSeconds = 7_200
const kept = new WeakMap<NodeParts, { until: number; channels: string[] }>()

export function listChannels({ node }: Context): Reply {
  const now = node.now()
  let known = kept.get(node)
  if (!known || known.until <= now) {
    known = { until: now + keptSeconds, channels: node.state.messages.live.values('channel').sort() }
    kept.set(node, known)
  }
  return { ...spaced({ channels: known.channels }), isCompressible: true }
}

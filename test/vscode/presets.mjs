// What a VS Code of ours begins with: machine settings, because the extension takes networks from no other scope.

/** A local node named here brings its development accounts, the first of them active. */
export function machineSettings(nodeUrl) {
  return {
    'workbench.startupEditor': 'none',
    'workbench.tips.enabled': false,
    ...(nodeUrl ? { 'aleph.networks': [{ name: 'local', url: nodeUrl, development: true }] } : {}),
  }
}

// What a VS Code of ours begins with: machine settings, because the extension takes networks from no other scope.

/** A local node named here brings its development accounts, the first of them active. */
export function machineSettings(nodeUrl) {
  return {
    'workbench.startupEditor': 'none',
    // The workspace may lie inside somebody's repository, which is none of its business.
    'git.openRepositoryInParentFolders': 'never',
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'chat.disableAIFeatures': true,
    ...(nodeUrl ? { 'aleph.networks': [{ name: 'local', url: nodeUrl, development: true }] } : {}),
  }
}

// @ts-check
// Shows what has changed and nothing else: what has the focus keeps it.

/** @param {Element} node @param {Node[]} children what it shall have */
export const show = (node, children) => {
  for (const [index, child] of children.entries()) {
    const old = node.childNodes[index];
    if (!old) node.append(child);
    else if (!old.isEqualNode(child)) old.replaceWith(child);
  }
  while (node.childNodes.length > children.length) node.lastChild?.remove();
};

// Words of the boards: shift leader, ops, the client's own page.
export default {
  "page.supervisor": "Shift leader",
  "page.ops": "Operations",
  "page.subscriptions": "My subscriptions",
};

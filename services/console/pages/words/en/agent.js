// Words of the agent's workbench.
export default {
  "page.workbench": "Workbench",
};

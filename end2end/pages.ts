// Every page that can be opened by its address alone. A new page is a new line.

export const pages = [
  '/',
  '/my-roles',
  '/my-roles?tab=active',
  '/my-roles?tab=expired',
  '/my-roles/activate',
  '/my-audit-history',
  '/my-requests',
  '/approvals',
  '/users',
  '/users?q=nobody-of-this-name',
  '/users/new',
  '/users/deleted',
  '/groups',
  '/groups/new',
  '/groups/deleted',
  '/service-principals',
  '/service-principals/new',
  '/administrative-units',
  '/administrative-units/new',
  '/role-settings/apply',
  '/role-settings/compare',
  '/role-settings/transfer',
  '/roles',
  '/assignments',
  '/assignments?tab=active',
  '/assignments?tab=expired',
  '/assignments/add',
  '/audit',
  '/notifications',
  '/search?q=an',
  '/no-such-page',
]

/** Pages that hang on a list: the list, what to open in it, and the tabs of what opens. */
export const details = [
  { list: '/users?q=eli', name: 'Eli Novak', tabs: ['Assigned roles', 'Groups', 'Administrative units', 'Audit logs'] },
  { list: '/groups?q=service', name: 'Service Desk', tabs: ['Members', 'Owners', 'Assigned roles', 'Audit logs'] },
  { list: '/service-principals', name: 'Backup Agent', tabs: ['Assigned roles', 'Audit logs'] },
  { list: '/administrative-units', name: 'Finance', tabs: ['Members'] },
  { list: '/roles?q=user+admin', name: 'User Administrator', tabs: ['Assignments', 'Settings'] },
]

/** The fields of the search index, for the script that writes it and the page that reads it. */
export const SEARCH_FIELDS = {
  idField: 'path',
  fields: ['title', 'section', 'text'],
  storeFields: ['path', 'title', 'section', 'excerpt'],
};

/** Where the module is, from a bundler that gives the address of a file for its import. */
declare const url: string;
export default url;

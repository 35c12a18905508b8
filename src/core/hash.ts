/** SHA-256 of a text, hex. Injected by the caller, because core is free of Node's modules. */
export type Hash = (text: string) => string;

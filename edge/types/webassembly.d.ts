// WebAssembly: https://webassembly.github.io/spec/js-api/, https://webassembly.github.io/spec/web-api/

declare namespace WebAssembly {
  interface CompileError extends Error {}
  var CompileError: { prototype: CompileError; new (message?: string, options?: ErrorOptions): CompileError };

  interface LinkError extends Error {}
  var LinkError: { prototype: LinkError; new (message?: string, options?: ErrorOptions): LinkError };

  interface RuntimeError extends Error {}
  var RuntimeError: { prototype: RuntimeError; new (message?: string, options?: ErrorOptions): RuntimeError };

  type ValueType = "anyfunc" | "externref" | "f32" | "f64" | "i32" | "i64" | "v128";
  type ImportExportKind = "function" | "global" | "memory" | "table" | "tag";

  interface GlobalDescriptor {
    mutable?: boolean;
    value: ValueType;
  }

  interface Global {
    value: any;
    valueOf(): any;
  }
  var Global: { prototype: Global; new (descriptor: GlobalDescriptor, value?: any): Global };

  interface Instance {
    readonly exports: Exports;
  }
  var Instance: { prototype: Instance; new (module: Module, imports?: Imports): Instance };

  interface MemoryDescriptor {
    initial: number;
    maximum?: number;
    shared?: boolean;
  }

  interface Memory {
    readonly buffer: ArrayBuffer;
    grow(delta: number): number;
    toFixedLengthBuffer(): ArrayBuffer;
    toResizableBuffer(): ArrayBuffer;
  }
  var Memory: { prototype: Memory; new (descriptor: MemoryDescriptor): Memory };

  interface ModuleExportDescriptor {
    kind: ImportExportKind;
    name: string;
  }

  interface ModuleImportDescriptor extends ModuleExportDescriptor {
    module: string;
  }

  interface Module {}
  var Module: {
    prototype: Module;
    new (bytes: BufferSource): Module;
    customSections(module: Module, name: string): ArrayBuffer[];
    exports(module: Module): ModuleExportDescriptor[];
    imports(module: Module): ModuleImportDescriptor[];
  };

  interface TableDescriptor {
    element: "anyfunc" | "externref";
    initial: number;
    maximum?: number;
  }

  interface Table {
    readonly length: number;
    get(index: number): any;
    grow(delta: number, value?: any): number;
    set(index: number, value?: any): void;
  }
  var Table: { prototype: Table; new (descriptor: TableDescriptor, value?: any): Table };

  interface Tag {}
  var Tag: { prototype: Tag; new (type: { parameters: ValueType[] }): Tag };

  interface Exception {
    readonly stack?: string;
    getArg(tag: Tag, index: number): any;
    is(tag: Tag): boolean;
  }
  var Exception: { prototype: Exception; new (tag: Tag, payload: any[], options?: { traceStack?: boolean }): Exception };

  var JSTag: Tag;

  type ExportValue = Function | Global | Memory | Table | Tag;
  type Exports = Record<string, any>;
  type ImportValue = ExportValue | number | bigint;
  type Imports = Record<string, Record<string, ImportValue>>;

  interface WebAssemblyInstantiatedSource {
    instance: Instance;
    module: Module;
  }

  function compile(bytes: BufferSource): Promise<Module>;
  function compileStreaming(source: Response | PromiseLike<Response>): Promise<Module>;
  function instantiate(bytes: BufferSource, imports?: Imports): Promise<WebAssemblyInstantiatedSource>;
  function instantiate(module: Module, imports?: Imports): Promise<Instance>;
  function instantiateStreaming(source: Response | PromiseLike<Response>, imports?: Imports): Promise<WebAssemblyInstantiatedSource>;
  function validate(bytes: BufferSource): boolean;
}

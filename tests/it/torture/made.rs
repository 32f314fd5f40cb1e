//! Components that no compiler would make: written instruction by instruction, right but for one thing.

use tenterhook_tests::Given;
use wasm_encoder::{
    CanonicalOption, CodeSection, ComponentBuilder, ComponentExportKind, ComponentTypeRef, ComponentValType,
    DataSection, ExportKind, ExportSection, Function, FunctionSection, InstanceType, InstructionSink,
    MemorySection, MemoryType, Module, ModuleArg, PrimitiveValType, RefType, StartSection, TableSection,
    TableType, TypeBounds, TypeSection, ValType,
};

/// What a component's TOML must say, since it says nothing itself.
pub(super) const TOML: &str = "name = 'made'\ntype = 'cloud'\npriority = 5\non_failure = 'accept'\n\
                               [[on]]\nevent = 'cloud.pre_create'\n[limits]\ndeadline = '20s'\n";

/// A hook of such a component.
pub(super) fn hook(given: Given, id: &str, component: impl AsRef<[u8]>) -> Given {
    given.file(&format!("{id}.wasm"), component).toml(id, TOML)
}

/// Where its answer lies in memory.
pub(super) const ANSWER: i32 = 1024;
/// Where memory for what it is told is taken from, if it says nothing else.
const HEAP: i32 = 4096;

/// A hook that accepts, unless it is changed.
pub(super) struct Made {
    /// The interface it exports.
    pub(super) exports: &'static str,
    /// Its handler takes and gives nothing.
    pub(super) shape: bool,
    pub(super) memory64: bool,
    pub(super) pages: u64,
    pub(super) table: Option<u64>,
    pub(super) handle: Function,
    pub(super) realloc: Function,
    pub(super) post_return: Function,
    pub(super) start: Option<Function>,
    /// Functions that nobody calls.
    pub(super) idle: Vec<Function>,
    /// What lies in memory.
    pub(super) data: Vec<(i32, Vec<u8>)>,
    /// Segments that are never used.
    pub(super) segments: usize,
}

/// A function with `locals` numbers and this in it.
pub(super) fn body(locals: u32, code: impl FnOnce(&mut InstructionSink<'_>)) -> Function {
    let mut function = Function::new([(locals, ValType::I32)]);
    let mut sink = function.instructions();
    code(&mut sink);
    sink.end();
    function
}

/// A function that gives this number.
pub(super) fn giving(number: i32) -> Function {
    body(0, |code| _ = code.i32_const(number))
}

/// A loop that never ends.
pub(super) fn forever(code: &mut InstructionSink<'_>) {
    code.loop_(wasm_encoder::BlockType::Empty).br(0).end();
}

impl Made {
    pub(super) fn new() -> Self {
        Self {
            exports: "tenterhook:hook/handler@0.1.0",
            shape: false,
            memory64: false,
            pages: 2,
            table: None,
            handle: giving(ANSWER),
            realloc: giving(HEAP),
            post_return: body(0, |_| ()),
            start: None,
            idle: Vec::new(),
            data: Vec::new(),
            segments: 0,
        }
    }

    /// A hook that answers with these bytes, laid out as the canonical ABI has them.
    pub(super) fn answering(bytes: &[u8]) -> Self {
        Self { data: vec![(ANSWER, bytes.to_vec())], ..Self::new() }
    }

    pub(super) fn component(&self) -> Vec<u8> {
        self.component_with(|_, _| ())
    }

    /// The component, with more in it; `more` is told the module's index.
    pub(super) fn component_with(&self, more: impl FnOnce(&mut ComponentBuilder, u32)) -> Vec<u8> {
        let mut component = ComponentBuilder::default();
        let types = contract(&mut component);
        let module = component.core_module(None, &self.module());
        let instance = component.core_instantiate(None, module, [] as [(&str, ModuleArg); 0]);
        let mut exported = |name, kind| component.core_alias_export(None, instance, name, kind);
        let memory = exported("memory", ExportKind::Memory);
        let [handle, realloc, post_return] =
            ["handle", "realloc", "post-return"].map(|name| exported(name, ExportKind::Func));
        let signature = signature(&mut component, types, self.shape);
        let options = [
            CanonicalOption::UTF8,
            CanonicalOption::Memory(memory),
            CanonicalOption::Realloc(realloc),
            CanonicalOption::PostReturn(post_return),
        ];
        let options = &options[..if self.shape { 3 } else { 4 }];
        let handle = component.lift_func(None, handle, signature, options.iter().copied());
        let exporter = component.component(None, exporter(self.shape));
        let parts = [
            ("tenterhook:hook/types@0.1.0", ComponentExportKind::Instance, types),
            ("handle", ComponentExportKind::Func, handle),
        ];
        let handler = component.instantiate(None, exporter, parts);
        more(&mut component, module);
        component.export(self.exports, ComponentExportKind::Instance, handler, None);
        component.finish()
    }

    pub(super) fn module(&self) -> Module {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function([ValType::I32], [ValType::I32]);
        types.ty().function([ValType::I32; 4], [ValType::I32]);
        types.ty().function([ValType::I32], []);
        let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
        let own = [(u32::from(!self.shape), &self.handle), (2, &self.realloc), (3, &self.post_return)];
        let rest = self.start.iter().chain(&self.idle).map(|function| (0, function));
        for (ty, function) in own.into_iter().chain(rest) {
            functions.function(ty);
            code.function(function);
        }
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: self.pages,
            maximum: None,
            memory64: self.memory64,
            shared: false,
            page_size_log2: None,
        });
        let mut tables = TableSection::new();
        if let Some(minimum) = self.table {
            let element_type = RefType::FUNCREF;
            tables.table(TableType { element_type, table64: false, minimum, maximum: None, shared: false });
        }
        let mut exports = ExportSection::new();
        exports.export("memory", ExportKind::Memory, 0);
        for (index, name) in (0..).zip(["handle", "realloc", "post-return"]) {
            exports.export(name, ExportKind::Func, index);
        }
        let mut data = DataSection::new();
        for (at, bytes) in &self.data {
            data.active(0, &wasm_encoder::ConstExpr::i32_const(*at), bytes.iter().copied());
        }
        for _ in 0..self.segments {
            data.passive([]);
        }
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&tables).section(&memories).section(&exports);
        if self.start.is_some() {
            module.section(&StartSection { function_index: 3 });
        }
        module.section(&code).section(&data);
        module
    }
}

/// A component that exports the one function it imports: that is how functions come to be in an instance.
fn exporter(shape: bool) -> ComponentBuilder {
    let mut component = ComponentBuilder::default();
    let types = contract(&mut component);
    let signature = signature(&mut component, types, shape);
    let handle = component.import("handle", ComponentTypeRef::Func(signature));
    component.export("handle", ComponentExportKind::Func, handle, None);
    component
}

/// The type of the function that every hook exports, or of one that takes and gives nothing.
fn signature(component: &mut ComponentBuilder, types: u32, shape: bool) -> u32 {
    if shape {
        let (signature, mut ty) = component.type_function(None);
        ty.params([] as [(&str, ComponentValType); 0]).result(None);
        return signature;
    }
    let [event, verdict] =
        ["event", "verdict"].map(|name| component.alias_export(types, name, ComponentExportKind::Type));
    let (result, ty) = component.type_defined(None);
    let error = ComponentValType::Primitive(PrimitiveValType::String);
    ty.result(Some(ComponentValType::Type(verdict)), Some(error));
    let (signature, mut ty) = component.type_function(None);
    let params = [("event", ComponentValType::Type(event))];
    ty.params(params).result(Some(ComponentValType::Type(result)));
    signature
}

/// Imports the contract's types; gives the instance they are in.
fn contract(component: &mut ComponentBuilder) -> u32 {
    const STRING: ComponentValType = ComponentValType::Primitive(PrimitiveValType::String);
    let number = ComponentValType::Primitive(PrimitiveValType::U32);
    let mut types = InstanceType::new();
    let named = |types: &mut InstanceType, name: &str| {
        let index = types.type_count() - 1;
        types.export(name, ComponentTypeRef::Type(TypeBounds::Eq(index)));
        ComponentValType::Type(types.type_count() - 1)
    };
    types.ty().defined_type().enum_type(["ask", "tell"]);
    let mode = named(&mut types, "mode");
    types.ty().defined_type().option(STRING);
    let optional = ComponentValType::Type(types.type_count() - 1);
    types.ty().defined_type().tuple([STRING, STRING]);
    let pair = ComponentValType::Type(types.type_count() - 1);
    types.ty().defined_type().list(pair);
    let pairs = ComponentValType::Type(types.type_count() - 1);
    types.ty().defined_type().record([
        ("id", STRING),
        ("name", STRING),
        ("mode", mode),
        ("time", STRING),
        ("source", STRING),
        ("subject", optional),
        ("facets", pairs),
        ("attributes", pairs),
        ("attempt", number),
        ("data", STRING),
    ]);
    named(&mut types, "event");
    types.ty().defined_type().record([("code", STRING), ("reason", STRING)]);
    let veto = named(&mut types, "veto");
    let cases = [("accept", None), ("amend", Some(STRING)), ("replace", Some(STRING)), ("veto", Some(veto))];
    types.ty().defined_type().variant(cases);
    named(&mut types, "verdict");
    let ty = component.type_instance(None, &types);
    component.import("tenterhook:hook/types@0.1.0", ComponentTypeRef::Instance(ty))
}

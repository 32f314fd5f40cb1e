//! Values as authors write them: strings, lists of strings, and literals that become JSON.

use serde_json::Value;
use syn::{Error, Expr, ExprLit, ExprUnary, Lit, LitStr, Result, UnOp};

/// One string or an array of at least one.
pub(crate) fn strings(expr: &Expr) -> Result<Vec<LitStr>> {
    let wanted = || Error::new_spanned(expr, "a string or an array of strings is wanted here");
    let string = |expr: &Expr| match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text.clone()),
        other => Err(Error::new_spanned(other, "a string is wanted here")),
    };
    match expr {
        Expr::Array(array) if array.elems.is_empty() => Err(wanted()),
        Expr::Array(array) => array.elems.iter().map(string).collect(),
        Expr::Lit(_) => string(expr).map(|text| vec![text]).map_err(|_| wanted()),
        _ => Err(wanted()),
    }
}

/// A literal, or an array of them, as JSON.
pub(crate) fn json(expr: &Expr) -> Result<Value> {
    let wanted = || Error::new_spanned(expr, "a string, number, boolean or array of these is wanted here");
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text.value().into()),
        Expr::Lit(ExprLit { lit: Lit::Bool(flag), .. }) => Ok(flag.value.into()),
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => Ok(number.base10_parse::<i64>()?.into()),
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => Ok(number.base10_parse::<f64>()?.into()),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr: inner, .. }) => match json(inner)? {
            Value::Number(number) => match number.as_i64() {
                Some(number) => Ok((-number).into()),
                None => number.as_f64().map(|number| (-number).into()).ok_or_else(wanted),
            },
            _ => Err(wanted()),
        },
        Expr::Array(array) => array.elems.iter().map(json).collect::<Result<_>>().map(Value::Array),
        _ => Err(wanted()),
    }
}

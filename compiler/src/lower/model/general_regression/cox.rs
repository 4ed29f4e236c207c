//! `CoxRegression`: the cumulative hazard of a subject at a time.
//!
//! It is the baseline's cumulative hazard times e to the power of the linear predictor minus that of the reference
//! subject. The baseline is a step function of time, one for each stratum: 0 before its first step, unknown after
//! `maxTime`. Before the first step the hazard is 0 for every subject, even if predictors are missing.
//!
//! Bisection in one table of the times of all strata finds the last step at or before a time.

use super::design::Design;
use super::equation;
use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::general_regression_model::{BaseCumHazardTables, BaselineCell, GeneralRegressionModel};
use crate::document::regression_model::RegressionNormalizationMethod as Method;
use crate::error::{Error, Position, Result};
use crate::ir::{Binary, Builder, Constant, MapData, TableData, Type, Value};
use crate::lower::build::numbers;
use crate::lower::build::operand::{Operand, both, type_of};
use crate::lower::checked;
use crate::lower::model::context::ModelContext;
use crate::lower::model::normalization;
use crate::lower::model::prediction::Prediction;
use crate::lower::model::sum::{self, float_constant};
use crate::lower::state::Lowering;
use std::collections::{HashMap, HashSet};

/// The baselines of all strata, one after the other.
#[derive(Default)]
struct Baselines {
    /// The times of the steps, ascending within each stratum.
    times: Vec<Constant>,
    /// The cumulative hazard from each time on.
    hazards: Vec<Constant>,
    /// The index of the first step of each stratum, minus 1.
    before: Vec<Constant>,
    /// The number of steps of each stratum.
    lengths: Vec<Constant>,
    /// The time up to which the hazard of each stratum is known.
    max_times: Vec<Constant>,
    /// The number of steps of the longest stratum.
    longest: usize,
}

impl Baselines {
    /// Appends the baseline of a stratum, sorted by time.
    fn add(&mut self, cells: &[BaselineCell], max_time: f64, math: DataType) {
        // The first of several hazards at one time counts.
        let mut steps: Vec<&BaselineCell> = cells.iter().collect();
        steps.sort_by(|left, right| left.time.total_cmp(&right.time));
        steps.dedup_by(|later, earlier| later.time == earlier.time);
        self.before.push(Constant::I64(self.times.len() as i64 - 1));
        self.lengths.push(Constant::I64(steps.len() as i64));
        self.max_times.push(Constant::F64(max_time));
        self.longest = self.longest.max(steps.len());
        self.times.extend(steps.iter().map(|step| Constant::F64(step.time + 0.0)));
        self.hazards.extend(steps.iter().map(|step| float_constant(step.cum_hazard + 0.0, math)));
    }
}

/// Lowers a `CoxRegression`.
pub(super) fn cox_regression<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d GeneralRegressionModel,
) -> Result<Prediction> {
    let math = context.math();
    let Some(time) = &model.end_time_variable else {
        let message = "`GeneralRegressionModel` with the modelType CoxRegression lacks the attribute \
                           `endTimeVariable`";
        return Err(Error::invalid(context.position, context.element, message));
    };
    let Some(tables) = &model.base_cum_hazard_tables else {
        let message = "`GeneralRegressionModel` with the modelType CoxRegression lacks `BaseCumHazardTables`";
        return Err(Error::invalid(context.position, context.element, message));
    };
    let baseline = baseline_hazard(lowering, context, model, time, tables)?;

    let mut design = Design::new(lowering, context, model, None)?;
    let sum = equation::lower(lowering, &mut design, super::parameter::coefficients(model)?, None)?
        .finish(&mut lowering.builder);
    let reference = reference_subject(&mut lowering.builder, model, math);
    let difference = lowering.builder.binary(Binary::Subtract, sum.value, reference);
    let ratio = normalization::inverse_link(&mut lowering.builder, Method::Exp, difference, math);
    let product = lowering.builder.binary(Binary::Multiply, ratio, baseline.hazard.value);

    let zero = lowering.builder.zero(type_of(math));
    let value = lowering.builder.select(baseline.has_begun, product, zero);
    let before_first = lowering.builder.not(baseline.has_begun);
    let known = sum.present.map(|present| lowering.builder.or(before_first, present));
    let present = both(&mut lowering.builder, baseline.hazard.present, known);
    let hazard = Operand { value, present, data_type: math, is_list: false };
    Ok(Prediction::number(context.target.map(|target| target.name.clone()), hazard))
}

/// Lowers the linear predictor of the reference subject.
fn reference_subject(builder: &mut Builder, model: &GeneralRegressionModel, math: DataType) -> Value {
    let mut points: HashMap<&Name, f64> = HashMap::new();
    for parameter in &model.parameters {
        points.entry(&parameter.name).or_insert(parameter.reference_point);
    }
    let mut sum = None;
    for cell in &model.param_matrix {
        let point = points.get(&cell.parameter_name).copied().unwrap_or(0.0);
        let (beta, point) =
            (numbers::constant(builder, cell.beta, math), numbers::constant(builder, point, math));
        let term = builder.binary(Binary::Multiply, beta, point);
        sum = Some(match sum {
            Some(sum) => builder.binary(Binary::Add, sum, term),
            None => term,
        });
    }
    let zero = builder.zero(type_of(math));
    sum.unwrap_or(zero)
}

/// Lowers the baseline's cumulative hazard at the row's time. It is missing if the stratum is unknown, or the time is
/// missing or after `maxTime`.
fn baseline_hazard<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d GeneralRegressionModel,
    time: &'d Name,
    tables: &'d BaseCumHazardTables,
) -> Result<Baseline> {
    let math = context.math();
    let mut baselines = Baselines::default();
    let (mut stratum, mut present) = (lowering.builder.i64(0), None);
    let invalid = |position: Position, message: &str| {
        Err(Error::invalid(position, "BaseCumHazardTables", message.to_owned()))
    };
    match &model.baseline_strata_variable {
        Some(variable) => {
            if tables.baseline_strata.is_empty() || !tables.baseline_cells.is_empty() {
                let message = "`BaseCumHazardTables` must have strata, because the model has a \
                                   baselineStrataVariable, and no cells of its own";
                return invalid(tables.position, message);
            }
            let field = lowering.field(context.scope, variable, context.position, context.element)?;
            let operand = field.operand;
            if operand.is_list {
                let message = format!("the strata's field `{variable}` is a list of values");
                return Err(Error::unsupported(context.position, context.element, message));
            }
            let (mut keys, mut known) = (Vec::new(), HashSet::new());
            for stratum in &tables.baseline_strata {
                let (position, element) = (stratum.position, "BaselineStratum");
                let key =
                    checked::sought_category(lowering, operand.data_type, &stratum.value, position, element)?;
                let Some(key) = key else { continue };
                if !known.insert(key) {
                    let message = format!("there is a second `BaselineStratum` `{}`", stratum.value);
                    return Err(Error::invalid(position, element, message));
                }
                keys.push(vec![key]);
                baselines.add(&stratum.baseline_cells, stratum.max_time, math);
            }
            let map = MapData::new(vec![type_of(operand.data_type)], keys);
            stratum = lowering.builder.find(map, &[operand.value]);
            let zero = lowering.builder.i64(0);
            let is_known = lowering.builder.binary(Binary::GreaterOrEqual, stratum, zero);
            present = both(&mut lowering.builder, operand.present, Some(is_known));
        }
        None => {
            if tables.baseline_cells.is_empty() || !tables.baseline_strata.is_empty() {
                let message = "`BaseCumHazardTables` must have cells and no strata, because the model has \
                                   no baselineStrataVariable";
                return invalid(tables.position, message);
            }
            let Some(max_time) = tables.max_time else {
                return invalid(tables.position, "`BaseCumHazardTables` lacks the attribute `maxTime`");
            };
            baselines.add(&tables.baseline_cells, max_time, math);
        }
    }
    let field = lowering.field(context.scope, time, context.position, context.element)?;
    let time =
        sum::predictor_number(lowering, field.operand, DataType::Double, context.position, context.element)?;
    present = both(&mut lowering.builder, present, time.present);
    let builder = &mut lowering.builder;
    let max_time = builder.lookup(TableData::new(Type::F64, baselines.max_times), stratum);
    let is_early = builder.binary(Binary::LessOrEqual, time.value, max_time);
    present = both(builder, present, Some(is_early));

    // The number of steps at or before the time.
    let before = builder.lookup(TableData::new(Type::I64, baselines.before), stratum);
    let length = builder.lookup(TableData::new(Type::I64, baselines.lengths), stratum);
    let times = TableData::new(Type::F64, baselines.times);
    let mut steps = builder.i64(0);
    let mut stride = baselines.longest.checked_ilog2().map_or(0, |log| 1_i64 << log);
    while stride > 0 {
        let constant = builder.i64(stride);
        let further = builder.binary(Binary::Add, steps, constant);
        let exists = builder.binary(Binary::LessOrEqual, further, length);
        let place = builder.binary(Binary::Add, before, further);
        let begins = builder.lookup(times.clone(), place);
        let is_reached = builder.binary(Binary::LessOrEqual, begins, time.value);
        let advances = builder.and(exists, is_reached);
        steps = builder.select(advances, further, steps);
        stride /= 2;
    }
    let place = builder.binary(Binary::Add, before, steps);
    let value = builder.lookup(TableData::new(type_of(math), baselines.hazards), place);
    let zero = builder.i64(0);
    let has_begun = builder.binary(Binary::Greater, steps, zero);
    let hazard = Operand { value, present, data_type: math, is_list: false };
    Ok(Baseline { hazard, has_begun })
}

/// The baseline at a time.
struct Baseline {
    /// The cumulative hazard, if the first step has been reached.
    hazard: Operand,
    /// A bool: whether the first step has been reached.
    has_begun: Value,
}

//! Concurrent changes of one id, in every order of their steps.
//!
//! A change is split into steps between which others can happen: a deployment compiles and then takes effect; a rollback
//! plans, compiles and then takes effect. All orders of the steps of two or three changes are run on a registry with a
//! store, and after each step the model that is served is compared with the acknowledged changes.

use super::{Registry, RollBack};
use crate::deployed::{Compiled, Compiler, Deployed};
use crate::failure::Failure;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::store::simulated::Disk;
use crate::store::{Found, Store};
use crate::version::{Selection, Version, checksum};
use pmml::Interrupt;
use std::collections::BTreeMap;
use std::sync::Arc;

const LINE: &str = include_str!("../../tests/server/common/line.pmml");
const ID: &str = "line";
const LIMIT: u64 = 1 << 20;

fn compiler() -> Compiler {
    Compiler::new(&Limits { document_bytes: LIMIT, ..Limits::default() })
}

fn compile(document: &str) -> Compiled {
    compiler().compile(document.as_bytes(), &Selection::default(), Interrupt::new()).unwrap()
}

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// A client deploys.
    Deploy,
    /// A client undeploys.
    Undeploy,
    /// A client rolls back to the version before the one that serves.
    Back,
    /// A client rolls back to version 1.
    BackToFirst,
    /// A client undeploys and then deploys again.
    Anew,
    /// A file appears in the model folder.
    FileAppears,
    /// A file is removed from the model folder.
    FileGoes,
}

use Change::*;

const CHANGES: [Change; 7] = [Deploy, Undeploy, Back, BackToFirst, Anew, FileAppears, FileGoes];

impl Change {
    fn steps(self) -> usize {
        match self {
            Undeploy | FileGoes => 1,
            Deploy | FileAppears => 2,
            Back | BackToFirst | Anew => 3,
        }
    }
}

/// A change in progress.
struct Running {
    change: Change,
    /// The document that it deploys, if it does.
    document: String,
    step: usize,
    plan: Option<RollBack>,
    compiled: Option<Compiled>,
    /// Whether an earlier step failed, so that the others do nothing.
    failed: bool,
}

/// A registry, and the acknowledged changes.
struct Scene {
    registry: Registry,
    /// The checksum of the document that was acknowledged under each number, since the id was last undeployed.
    acknowledged: BTreeMap<u64, String>,
    /// The number and the checksum of the version that should serve, and whether it is that of a file.
    serving: Option<(u64, String, bool)>,
}

impl Scene {
    /// Makes a registry whose id has a number of versions.
    fn new(versions: u64) -> Self {
        let registry = Registry::new(3, compiler(), Metrics::new().unwrap());
        registry.use_store(Store::open_in(&*Disk::new().root()).unwrap()).unwrap();
        let mut scene = Scene { registry, acknowledged: BTreeMap::new(), serving: None };
        for version in 1..=versions {
            let document = line(version);
            scene.deploy(&document, compile(&document)).unwrap();
        }
        scene
    }

    fn deploy(&mut self, document: &str, compiled: Compiled) -> Result<(), Failure> {
        let (model, is_new) =
            self.registry.deploy(ID, compiled, document.as_bytes(), Selection::default())?;
        assert_eq!(is_new, self.serving.is_none());
        let number = model.version.number;
        assert!(self.acknowledged.keys().all(|known| *known < number));
        self.acknowledged.insert(number, checksum(document.as_bytes()));
        self.serving = Some((number, checksum(document.as_bytes()), false));
        Ok(())
    }

    /// Runs the next step of a change.
    fn step(&mut self, running: &mut Running) {
        if running.failed {
            return;
        }
        let result = self.try_step(running);
        running.step += 1;
        if let Err(failure) = result {
            assert!([404, 409].contains(&failure.status.as_u16()), "{failure:?}");
            running.failed = true;
        }
    }

    fn try_step(&mut self, running: &mut Running) -> Result<(), Failure> {
        let is_file = self.serving.as_ref().is_some_and(|(_, _, is_file)| *is_file);
        match (running.change, running.step) {
            (Undeploy, 0) | (Anew, 0) => {
                let result = self.registry.undeploy(ID);
                // It does not depend on an earlier state, so it succeeds whenever there is a deployed model.
                assert_eq!(result.is_ok(), self.serving.is_some() && !is_file, "{result:?}");
                result?;
                self.acknowledged.clear();
                self.serving = None;
            }
            (Deploy | FileAppears, 0) | (Anew, 1) => {
                running.compiled = Some(compile(&running.document));
            }
            (Deploy, 1) | (Anew, 2) => {
                let result = self.deploy(&running.document, running.compiled.take().unwrap());
                assert_eq!(result.is_ok(), !is_file, "{result:?}");
                result?;
            }
            (FileAppears, 1) => {
                let document = running.document.as_bytes();
                let result = self.registry.deploy_file(ID, running.compiled.take().unwrap(), document);
                assert_eq!(result.is_ok(), self.serving.is_none() || is_file, "{result:?}");
                if result.is_ok() {
                    let number = self.registry.find(ID).unwrap().version.number;
                    self.serving = Some((number, checksum(document), true));
                }
            }
            (FileGoes, 0) => {
                self.registry.undeploy_file(ID);
                if is_file {
                    self.serving = None;
                }
            }
            (Back | BackToFirst, 0) => {
                let number = (running.change == BackToFirst).then_some(1);
                running.plan = Some(self.registry.plan_roll_back(ID, number)?);
            }
            (Back | BackToFirst, 1) => {
                running.compiled =
                    Some(running.plan.as_ref().unwrap().compile(compiler(), Interrupt::new())?);
            }
            (Back | BackToFirst, 2) => {
                let plan = running.plan.as_ref().unwrap();
                let model = self.registry.roll_back(plan, running.compiled.take().unwrap())?;
                let number = model.version.number;
                assert_eq!(number, plan.target.number);
                // It is the document that was acknowledged under this number, since the id was last undeployed.
                assert_eq!(self.acknowledged.get(&number), Some(&model.version.checksum));
                self.serving = Some((number, model.version.checksum.clone(), false));
            }
            other => panic!("{other:?}"),
        }
        Ok(())
    }

    /// Checks that the model that is served was acknowledged under the same number, and that the store has the same versions.
    fn check(&self) {
        let model = self.registry.find(ID);
        let served = model.as_ref().map(|model| {
            let version = &model.version;
            (version.number, version.checksum.clone(), model.from_folder)
        });
        assert_eq!(served, self.serving);
        let Some(model) = model else { return self.check_store(&[]) };
        let document = String::from_utf8(model.version.document(LIMIT).unwrap()).unwrap();
        assert!(document.contains(&format!("coefficient=\"{}\"", slope(&model))));
        if model.from_folder {
            return self.check_store(&[]);
        }
        let known = super::versions(&model);
        for version in &known {
            assert_eq!(self.acknowledged.get(&version.number), Some(&version.checksum));
            version.document(LIMIT).unwrap();
        }
        self.check_store(&known);
    }

    fn check_store(&self, known: &[Arc<Version>]) {
        let held = self.registry.lock();
        let ids = held.as_ref().unwrap().load().unwrap().ids;
        let stored: Vec<_> = ids
            .iter()
            .flat_map(|stored| match &stored.found {
                Found::Versions(versions) => versions,
                other => panic!("{other:?}"),
            })
            .map(|version| (version.number, version.deployment))
            .collect();
        let known: Vec<_> = known.iter().map(|version| (version.number, version.deployment)).collect();
        assert_eq!(stored, known);
    }
}

/// Returns the slope that the compiled model computes, independently of the registry's description.
fn slope(model: &Deployed) -> i64 {
    let result = model.model.predict(&[("x", pmml::Value::from(1.0))]).unwrap();
    let y: f64 = result.get("y").unwrap().to_string().parse().unwrap();
    y as i64 - 1
}

fn line(slope: u64) -> String {
    LINE.replacen("coefficient=\"2\"", &format!("coefficient=\"{slope}\""), 1)
}

/// Calls a function with every order of the steps of some changes, given as the changes that run their next steps.
fn every_order(left: &mut [usize], order: &mut Vec<usize>, visit: &mut dyn FnMut(&[usize])) {
    let mut is_end = true;
    for change in 0..left.len() {
        if left[change] > 0 {
            is_end = false;
            left[change] -= 1;
            order.push(change);
            every_order(left, order, visit);
            order.pop();
            left[change] += 1;
        }
    }
    if is_end {
        visit(order);
    }
}

/// Runs every order, and returns the total number of changes that were rejected.
fn interleave(versions: u64, changes: &[Change]) -> usize {
    let mut rejected = 0;
    let mut left: Vec<_> = changes.iter().map(|change| change.steps()).collect();
    every_order(&mut left, &mut Vec::new(), &mut |order| {
        let mut scene = Scene::new(versions);
        let mut running: Vec<_> = changes
            .iter()
            .zip(11..)
            .map(|(change, slope)| Running {
                change: *change,
                document: line(slope),
                step: 0,
                plan: None,
                compiled: None,
                failed: false,
            })
            .collect();
        for change in order {
            scene.step(&mut running[*change]);
            scene.check();
        }
        rejected += running.iter().filter(|running| running.failed).count();
    });
    rejected
}

#[test]
fn all_pairs_of_changes() {
    for versions in [0, 2] {
        for (number, first) in CHANGES.iter().enumerate() {
            for second in &CHANGES[number..] {
                interleave(versions, &[*first, *second]);
            }
        }
    }
}

#[test]
fn rollbacks_beside_two_changes() {
    for others in [[Undeploy, Deploy], [Undeploy, FileAppears], [Anew, Deploy], [Deploy, Deploy]] {
        assert!(interleave(2, &[Back, others[0], others[1]]) > 0);
        interleave(2, &[BackToFirst, others[0], others[1]]);
    }
}

/// Repeats a race: the id is undeployed and deployed again between the plan of a rollback and its end.
#[test]
fn a_rollback_to_an_undeployed_version_is_rejected() {
    let mut scene = Scene::new(2);
    let plan = scene.registry.plan_roll_back(ID, Some(1)).unwrap();
    let compiled = plan.compile(compiler(), Interrupt::new()).unwrap();
    scene.registry.undeploy(ID).unwrap();
    (scene.acknowledged, scene.serving) = (BTreeMap::new(), None);
    let document = line(9);
    scene.deploy(&document, compile(&document)).unwrap();
    assert_eq!(scene.registry.roll_back(&plan, compiled).unwrap_err().status, 409);
    scene.check();
    // The same document under the same number is another deployment.
    let mut scene = Scene::new(1);
    let plan = scene.registry.plan_roll_back(ID, Some(1)).unwrap();
    let compiled = plan.compile(compiler(), Interrupt::new()).unwrap();
    scene.registry.undeploy(ID).unwrap();
    (scene.acknowledged, scene.serving) = (BTreeMap::new(), None);
    scene.deploy(&line(1), compile(&line(1))).unwrap();
    assert_eq!(scene.registry.roll_back(&plan, compiled).unwrap_err().status, 409);
}

/// Checks that a rollback to "the version before" refers to the version that served when it was planned.
#[test]
fn a_rollback_without_a_number_is_rejected_after_another_change() {
    let mut scene = Scene::new(2);
    let plan = scene.registry.plan_roll_back(ID, None).unwrap();
    let numbered = scene.registry.plan_roll_back(ID, Some(1)).unwrap();
    let (compiled, also) = (
        plan.compile(compiler(), Interrupt::new()).unwrap(),
        numbered.compile(compiler(), Interrupt::new()).unwrap(),
    );
    let document = line(3);
    scene.deploy(&document, compile(&document)).unwrap();
    assert_eq!(scene.registry.roll_back(&plan, compiled).unwrap_err().status, 409);
    assert_eq!(scene.registry.roll_back(&numbered, also).unwrap().version.number, 1);
}

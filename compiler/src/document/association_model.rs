//! `AssociationModel`: rules of the kind "who buys this also buys that".

use super::markup::Markup;
use super::mining_schema::{MiningSchema, UsageType};
use super::model_common::{CommonReader, ModelCommon};
use super::{Name, Position};
use crate::error::Result;

/// The element `AssociationModel`.
#[derive(Clone, Debug)]
pub struct AssociationModel {
    /// The element's position.
    pub position: Position,
    /// The parts that all models share.
    pub common: ModelCommon,
    /// The items that the rules refer to.
    pub items: Vec<Item>,
    /// The sets of items that the rules consist of.
    pub itemsets: Vec<Itemset>,
    /// The rules.
    pub association_rules: Vec<AssociationRule>,
}

/// The element `Item`.
#[derive(Clone, Debug)]
pub struct Item {
    /// The element's position.
    pub position: Position,
    /// The item's identifier.
    pub id: Name,
    /// The item: a value of the field that holds items, the name of a boolean field, or a field with one of its values,
    /// as in `Day=Monday`.
    pub value: Name,
    /// The field that indicates the item.
    pub field: Option<Name>,
    /// The value of that field that indicates the item.
    pub category: Option<Name>,
    /// A name to display.
    pub mapped_value: Option<Name>,
    /// The item's weight, which no result depends on.
    pub weight: Option<f64>,
}

/// The element `Itemset`.
#[derive(Clone, Debug)]
pub struct Itemset {
    /// The element's position.
    pub position: Position,
    /// The set's identifier.
    pub id: Name,
    /// The share of transactions that contain it.
    pub support: Option<f64>,
    /// The identifiers of its items, with their positions.
    pub item_refs: Vec<(Position, Name)>,
}

/// The element `AssociationRule`.
#[derive(Clone, Debug)]
pub struct AssociationRule {
    /// The element's position.
    pub position: Position,
    /// The rule's identifier.
    pub id: Option<Name>,
    /// The set of items that the rule requires.
    pub antecedent: Name,
    /// The set of items that it concludes.
    pub consequent: Name,
    /// The share of transactions that contain both.
    pub support: Option<f64>,
    /// The share of the transactions with the antecedent that contain the consequent too.
    pub confidence: f64,
    /// The confidence, divided by the share of transactions that contain the consequent.
    pub lift: Option<f64>,
    /// The support minus what it would be if antecedent and consequent were independent.
    pub leverage: Option<f64>,
    /// The share of the transactions with either that contain both.
    pub affinity: Option<f64>,
}

impl AssociationModel {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let mut common = CommonReader::new(xml)?;
        for summary in [
            "numberOfTransactions",
            "maxNumberOfItemsPerTA",
            "avgNumberOfItemsPerTA",
            "minimumSupport",
            "minimumConfidence",
            "lengthLimit",
            "numberOfItems",
            "numberOfItemsets",
            "numberOfRules",
        ] {
            // A summary of the training data changes no result.
            xml.optional::<Name>(summary)?;
        }
        let (mut items, mut itemsets, mut association_rules) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(child) = xml.child()? {
            match &*child {
                "Item" => items.push(Item::read(xml)?),
                "Itemset" => itemsets.push(Itemset::read(xml)?),
                "AssociationRule" => association_rules.push(AssociationRule::read(xml)?),
                _ => common.read(xml)?,
            }
        }
        let mut common = common.finish()?;
        group_by_transaction(xml, &mut common.mining_schema);
        Ok(AssociationModel { position, common, items, itemsets, association_rules })
    }
}

/// Makes `transaction` the field that groups rows in a schema that consists of the active fields `transaction` and
/// `item`: this is how R's pmml package writes rules of arules.
fn group_by_transaction(xml: &mut Markup<'_>, schema: &mut MiningSchema) {
    let [transaction, item] = schema.mining_fields.as_mut_slice() else { return };
    let are_active = transaction.usage_type == UsageType::Active && item.usage_type == UsageType::Active;
    if are_active && transaction.name == "transaction" && item.name == "item" {
        transaction.usage_type = UsageType::Group;
        let message = "no `MiningField` groups rows: `transaction` is read as the one that does";
        xml.warn_of(transaction.position, "MiningField", message.to_owned());
    }
}

impl Item {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let item = Item {
            position: xml.position(),
            id: xml.required("id")?,
            value: xml.required("value")?,
            field: xml.optional("field")?,
            category: xml.optional("category")?,
            mapped_value: xml.optional("mappedValue")?,
            weight: xml.description("weight")?,
        };
        xml.leaf()?;
        Ok(item)
    }
}

impl Itemset {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut itemset = Itemset {
            position: xml.position(),
            id: xml.required("id")?,
            support: xml.description("support")?,
            item_refs: Vec::new(),
        };
        xml.optional::<Name>("numberOfItems")?;
        while let Some(child) = xml.child()? {
            match &*child {
                "ItemRef" => {
                    itemset.item_refs.push((xml.position(), xml.required("itemRef")?));
                    xml.leaf()?;
                }
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(itemset)
    }
}

impl AssociationRule {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let rule = AssociationRule {
            position: xml.position(),
            id: xml.optional("id")?,
            antecedent: xml.required("antecedent")?,
            consequent: xml.required("consequent")?,
            support: xml.optional("support")?,
            confidence: xml.required("confidence")?,
            lift: xml.optional("lift")?,
            leverage: xml.optional("leverage")?,
            affinity: xml.optional("affinity")?,
        };
        xml.leaf()?;
        Ok(rule)
    }
}

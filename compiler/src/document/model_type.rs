//! The model types of the standard, in one table.
//!
//! One line of the table describes a model type: its element, which is also the struct that it is read as, its title,
//! its mining function if the standard allows only one, and whether it contains other models. [`ModelType`] and, in
//! [`model`](super::model), the enum of models with its dispatch are generated from it. The match over that enum in
//! lowering is exhaustive; tests compare every other list of model types with [`ModelType::ALL`].

use super::enumeration::enumeration;

/// Passes the table to a macro.
///
/// `read` lists the types that are read, as `Element: "title";`, optionally with `only` and the single mining function
/// of such models, or `holds` and the method that returns the models inside. `skipped` lists those whose content is
/// skipped, and which cannot be scored.
macro_rules! models {
    ($apply:ident) => {
        $apply! {
            read {
                /// A decision tree.
                TreeModel: "Tree model";
                /// A linear or logistic regression.
                RegressionModel: "Regression";
                /// A linear model of one of many kinds.
                GeneralRegressionModel: "General regression";
                /// Counts and distributions of each input under each value of the target.
                NaiveBayesModel: "Naive Bayes model" only Classification;
                /// Rules that predict a category if their predicates are true.
                RuleSetModel: "Ruleset model";
                /// The sum of points for each characteristic.
                Scorecard: "Scorecard" only Regression;
                /// One or more support vector machines.
                SupportVectorMachineModel: "Support vector machine";
                /// A neural network.
                NeuralNetwork: "Neural network";
                /// Several models.
                MiningModel: "Ensemble model" holds models_inside;
                /// A model whose result says how unusual a row is.
                AnomalyDetectionModel: "Anomaly detection model" only Regression holds models_inside;
                /// Association rules.
                AssociationModel: "Association rules" only AssociationRules;
                /// Clusters.
                ClusteringModel: "Clustering model" only Clustering;
                /// Nearest neighbors.
                NearestNeighborModel: "k-Nearest neighbors model";
            }
            skipped {
                /// Counts and distributions compared with a baseline.
                BaselineModel;
                /// Nodes whose probabilities depend on those of others.
                BayesianNetworkModel;
                /// A distribution over functions.
                GaussianProcessModel;
                /// Rules about sequences of events.
                SequenceModel;
                /// Documents compared by their terms.
                TextModel;
                /// Values that depend on earlier ones.
                TimeSeriesModel;
            }
        }
    };
}
pub(super) use models;

enumeration! {
    /// The mining function of a model.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum MiningFunction {
        AssociationRules = "associationRules",
        Sequences = "sequences",
        Classification = "classification",
        Regression = "regression",
        Clustering = "clustering",
        TimeSeries = "timeSeries",
        Mixed = "mixed",
    }
}

macro_rules! model_types {
    (
        read { $($(#[$meta:meta])* $name:ident: $title:literal $(only $function:ident)? $(holds $inside:ident)?;)* }
        skipped { $($(#[$skipped_meta:meta])* $skipped:ident;)* }
    ) => {
        /// A model type: an element of the standard's group `MODEL-ELEMENT`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ModelType {
            $($(#[$meta])* $name,)*
            $($(#[$skipped_meta])* $skipped,)*
        }

        impl ModelType {
            /// All model types of the standard.
            pub const ALL: &'static [ModelType] = &[$(ModelType::$name,)* $(ModelType::$skipped,)*];

            /// Returns the name of the element.
            pub fn element(self) -> &'static str {
                match self {
                    $(ModelType::$name => stringify!($name),)*
                    $(ModelType::$skipped => stringify!($skipped),)*
                }
            }

            /// Returns the title to display; `Model` for a type that cannot be scored.
            pub fn title(self) -> &'static str {
                match self {
                    $(ModelType::$name => $title,)*
                    $(ModelType::$skipped)|* => "Model",
                }
            }

            /// Returns whether models of this type can be scored. The content of the others is skipped.
            pub fn is_supported(self) -> bool {
                match self {
                    $(ModelType::$name)|* => true,
                    $(ModelType::$skipped)|* => false,
                }
            }

            /// Returns the mining function that all models of this type have, or `None` if the document chooses it.
            pub(super) fn only_function(self) -> Option<MiningFunction> {
                match self {
                    $($(ModelType::$name => Some(MiningFunction::$function),)?)*
                    _ => None,
                }
            }
        }
    };
}
models!(model_types);

impl ModelType {
    /// Returns the model type of an element, or `None` if the standard has no such model.
    pub fn of(element: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.element() == element)
    }
}

#[cfg(test)]
mod tests {
    use super::ModelType;
    use crate::document::content;

    #[test]
    fn the_table_has_the_model_elements_of_the_standard() {
        let not_models = ["Header", "MiningBuildTask", "DataDictionary", "TransformationDictionary"];
        let mut schema: Vec<&str> = content::children("PMML").to_vec();
        schema.retain(|element| !not_models.contains(element));
        let mut table: Vec<&str> = ModelType::ALL.iter().map(|known| known.element()).collect();
        schema.sort_unstable();
        table.sort_unstable();
        assert_eq!(table, schema);
    }
}

//! Compiles the source of hostile documents, from files and from the macro, with warnings as errors.
//!
//! That it compiles is most of the test: a text that left its literal or comment would be syntax, or an item that is
//! never used. Both ways give the same description of the model.

#![deny(warnings)]

/// The models.
mod models {
    include!(concat!(env!("OUT_DIR"), "/modules.rs"));
}

#[test]
fn both_ways_describe_the_same_model() {
    use models::*;
    macro_rules! compare {
        ($($file:ident $made:ident),*) => {$(
            assert!($file::MODEL_NAME.is_some());
            assert_eq!($file::MODEL_NAME, $made::MODEL_NAME);
            assert_eq!(format!("{:?}", &$file::INPUTS[..]), format!("{:?}", &$made::INPUTS[..]));
            assert_eq!(format!("{:?}", &$file::OUTPUTS[..]), format!("{:?}", &$made::OUTPUTS[..]));
            assert_eq!(
                format!("{:?}", $file::predict(&$file::Input::default())),
                format!("{:?}", $made::predict(&$made::Input::default()))
            );
        )*};
    }
    compare!(
        file_0 macro_0, file_1 macro_1, file_2 macro_2, file_3 macro_3, file_4 macro_4,
        file_5 macro_5, file_6 macro_6, file_5_no_alloc macro_5, file_6_no_alloc macro_6
    );
}

//! Compiles the source of hostile documents, from files and from the macro, with warnings as errors.
//!
//! Compiling it is most of the test: a string that escaped from its literal or comment would be a syntax error, or an unused
//! item. File and macro must give the same description of the model.

#![deny(warnings)]

/// The models.
mod models {
    include!(concat!(env!("OUT_DIR"), "/modules.rs"));
}

#[test]
fn file_and_macro_describe_the_same_model() {
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

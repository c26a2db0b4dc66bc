//! The state that the handlers of the Image API share, and how they change images.

use std::sync::Arc;

use tracing::warn;

use super::background::Background;
use super::caller::Caller;
use super::error::{Call, Error, Subject};
use super::image_path::ImageRef;
use super::precondition::{self, Preconditions};
use crate::budget::Budget;
use crate::data::{DataKey, DataStore};
use crate::http::request::BodyReader;
use crate::http::{HttpError, Settings};
use crate::identity::ProjectId;
use crate::image::{Image, Quotas, Reason, Refusal, TagRules};
use crate::store::{Draft, DraftError, ImageStore, StoredImage, WriteError, Written};
use crate::tagging::Tagging;
use crate::upstream::Upstream;
use crate::web_download::WebClient;

/// What the handlers of the Image API share.
#[derive(Debug)]
pub(crate) struct Context {
    /// The store of images and tags.
    pub(super) store: Arc<dyn ImageStore>,
    /// Where the data of images is kept.
    pub(super) data: DataStore,
    /// The memory budget of all requests.
    pub(super) budget: Budget,
    /// How the service is reached.
    pub(super) settings: Arc<Settings>,
    /// Reads request bodies.
    pub(super) bodies: BodyReader,
    /// How many tags, properties and members an image may have.
    pub(super) quotas: Quotas,
    /// The rules of tags.
    pub(super) rules: TagRules,
    /// The projects besides the caller's own among whose images a tag finds the one to use.
    pub(super) trusted_owners: Arc<[ProjectId]>,
    /// Downloads for imports, if any are allowed.
    pub(super) web: Option<WebClient>,
    /// Glance, if the images belong to it.
    pub(super) upstream: Option<Upstream>,
    /// What goes on in the background.
    pub(super) background: Background,
}

/// A [`store::Write`](crate::store::Write) that is also given the rules of tags.
pub(super) trait WriteByRules:
    Fn(&mut Draft<'_>, Tagging<'_>) -> Result<(), DraftError> + Send + Sync + 'static
{
}

impl<F> WriteByRules for F where
    F: Fn(&mut Draft<'_>, Tagging<'_>) -> Result<(), DraftError> + Send + Sync + 'static
{
}

/// Where images and their data are, and where imports get data from.
#[derive(Clone, Debug)]
pub(crate) struct Backends {
    pub(crate) store: Arc<dyn ImageStore>,
    pub(crate) data: DataStore,
    /// Downloads for imports, if any are allowed.
    pub(crate) web: Option<WebClient>,
    /// Glance, if the images belong to it.
    pub(crate) upstream: Option<Upstream>,
}

impl Context {
    pub(crate) fn new(
        backends: Backends,
        budget: Budget,
        settings: Arc<Settings>,
        quotas: Quotas,
        rules: TagRules,
        trusted_owners: Arc<[ProjectId]>,
        background: Background,
    ) -> Self {
        let Backends {
            store,
            data,
            web,
            upstream,
        } = backends;
        Self {
            store,
            data,
            upstream,
            bodies: BodyReader::new(settings.bodies, budget.clone()),
            budget,
            settings,
            quotas,
            rules,
            trusted_owners,
            web,
            background,
        }
    }

    /// The image, if `caller` can see it. `call` determines the wording of the error.
    pub(super) async fn visible_image(
        &self,
        caller: &Caller,
        image: ImageRef,
        call: Call,
    ) -> Result<StoredImage, Error> {
        let found = match image.id {
            Some(id) => self.store.image(id).await?,
            None => None,
        };
        let visible = found.filter(|image| caller.rights.may_get(image).is_ok());
        visible.ok_or_else(|| Error::refused(Refusal::NotVisible, Subject::new(image.text, call)))
    }

    /// Applies `change`, which has to ask the policy itself, to the image, and the rules of tags to
    /// the outcome. `call` determines the wording of the error.
    pub(super) async fn change_image(
        &self,
        caller: Caller,
        image: ImageRef,
        call: Call,
        change: impl Fn(&mut Image) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> Result<StoredImage, Error> {
        self.change_image_if(caller, image, call, Preconditions::default(), change)
            .await
    }

    /// The same, if the preconditions are met.
    pub(super) async fn change_image_if(
        &self,
        caller: Caller,
        image: ImageRef,
        call: Call,
        preconditions: Preconditions,
        change: impl Fn(&mut Image) -> Result<(), Refusal> + Send + Sync + 'static,
    ) -> Result<StoredImage, Error> {
        let subject = Subject::new(image.text, call);
        let Some(id) = image.id else {
            return Err(Error::refused(Refusal::NotVisible, subject));
        };
        let written = self.write(caller, move |draft, tagging| {
            let image = draft.image(id)?;
            let checked = preconditions.check(image);
            let changed = change(image).map_err(Into::into);
            let changed = changed.and_then(|()| tagging.settle(draft, id));
            precondition::outcome(checked, changed)
        });
        let changed = written.await?.and_then(|written| written.into_image(id));
        changed.map_err(|error| Error::from_write_error(error, subject))
    }

    /// Writes what `write` makes of the images that it asks for. `write` has to ask the policy
    /// itself, and to settle the rules of tags for each image that it changes.
    pub(super) async fn write(
        &self,
        caller: Caller,
        write: impl WriteByRules,
    ) -> Result<Result<Written, WriteError>, HttpError> {
        self.write_because(caller, None, write).await
    }

    /// The same, with the reason that the caller gives.
    pub(super) async fn write_because(
        &self,
        caller: Caller,
        reason: Option<Reason>,
        write: impl WriteByRules,
    ) -> Result<Result<Written, WriteError>, HttpError> {
        let (store, rules) = (Arc::clone(&self.store), self.rules.clone());
        let write = async move {
            let tagging = Tagging {
                rules: &rules,
                rights: Some(&caller.rights),
            };
            let write = |draft: &mut Draft<'_>| write(draft, tagging);
            store.write(&caller.author(reason.as_ref()), &write).await
        };
        self.background.run_to_completion(write).await
    }

    /// Checks whether the tags of `write` would be written, and writes nothing. The images belong
    /// to a Glance, and `write` has to change more of them than tags, which their store refuses
    /// last.
    pub(super) async fn rehearse(
        &self,
        caller: Caller,
        write: impl WriteByRules,
    ) -> Result<Result<(), WriteError>, HttpError> {
        match self.write(caller, write).await? {
            Ok(_) | Err(WriteError::Refused(Refusal::OfGlance)) => Ok(Ok(())),
            Err(error) => Ok(Err(error)),
        }
    }

    /// Removes the data of an image that is gone. The answer does not wait for a data store that
    /// takes its time. What it fails to remove, `image-tags doctor` finds.
    pub(super) async fn remove_data(&self, key: DataKey) {
        let data = self.data.clone();
        let removal = async move {
            if let Err(error) = data.remove(key).await {
                let error: &dyn std::error::Error = &error;
                warn!(error, %key, "the data of a deleted image was not removed");
            }
        };
        self.background.run_without_waiting(removal).await;
    }
}

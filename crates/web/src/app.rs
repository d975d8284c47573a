//! The root component: it holds the model, passes commands to it, and draws what is under the playhead.

use ordinal_api::list::IntoList;
use std::cell::RefCell;
use std::rc::Rc;

use gloo::utils::document;
use ordinal_api::{ObjectKey, SimTime};
use ordinal_core::Id;
use ordinal_scene::layout::NARROW;
use ordinal_scene::{Motion, Scene, Viewport};
use web_sys::Element;
use yew::{
    AttrValue, Callback, Component, Context, ContextProvider, Html, NodeRef, Properties, classes,
    html,
};

use crate::components::{
    CaptionProps, CardProps, EditorSource, HeaderProps, LanesPanel, LightProps, NoticeProps,
    SideProps, Snapshot, StageProps, TransportProps, caption, card, definitions, header, light,
    memo, notices, side, stage, transport,
};
use crate::drawn::Drawn;
use crate::driver::Driver;
use crate::listen::{Listeners, prefers};
use crate::state::{Command, Model, Notice, Page, Panel, Theme, Tone};
use crate::words;

/// Where the page has one column: the stylesheets have the same query.
const ONE_COLUMN: &str = "(max-width: 720px)";
/// A window that is not measured yet.
const UNMEASURED: Room = Room {
    stage: (960.0, 536.0),
    lanes: 960.0,
};

/// What the page is mounted with.
#[derive(Clone, Properties)]
pub(crate) struct AppProps {
    /// What is shown; the JavaScript API holds it too.
    pub(crate) model: Rc<RefCell<Model>>,
    /// How the editor is loaded.
    pub(crate) editor: EditorSource,
    /// Whether the document is ours alone, with its keys, its paste and its colours.
    pub(crate) whole_page: bool,
}

impl PartialEq for AppProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.model, &other.model)
    }
}

/// What can happen to the page.
#[derive(Debug)]
pub(crate) enum Message {
    /// Something is asked for.
    Act(Command),
    /// An animation frame has come.
    Frame(f64),
    /// The room changed.
    Resized,
    /// The model was changed from outside.
    Changed,
}

/// The whole page.
#[derive(Debug)]
pub(crate) struct App {
    model: Rc<RefCell<Model>>,
    driver: Driver,
    act: Callback<Command>,
    on_select: Callback<Option<Id>>,
    at_x: Callback<f64, f64>,
    link: Callback<(), String>,
    stage_area: NodeRef,
    lanes_area: NodeRef,
    room: Room,
    listeners: Option<Listeners>,
    drawn: RefCell<Drawn>,
    /// What was selected when the page was drawn last.
    selected: Option<ObjectKey>,
}

/// The room that there is, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Room {
    stage: (f64, f64),
    lanes: f64,
}

impl Component for App {
    type Message = Message;
    type Properties = AppProps;

    fn create(ctx: &Context<Self>) -> Self {
        let props = ctx.props();
        let model = props.model.clone();
        if prefers("(prefers-reduced-motion: reduce)") {
            model.borrow_mut().motion = Motion::Reduced;
        }
        let room = UNMEASURED;
        Self {
            driver: Driver::new(ctx.link().callback(Message::Frame)),
            act: ctx.link().callback(Message::Act),
            on_select: select(ctx, &model),
            link: link(&model),
            at_x: at_x(&model, room.lanes),
            model,
            stage_area: NodeRef::default(),
            lanes_area: NodeRef::default(),
            room,
            listeners: None,
            drawn: RefCell::default(),
            selected: None,
        }
    }

    fn update(&mut self, _: &Context<Self>, message: Message) -> bool {
        match message {
            Message::Act(command) => self.model.borrow_mut().apply(command),
            Message::Changed => {}
            Message::Resized => return self.measure(),
            Message::Frame(now_ms) => {
                let dt_ms = self.driver.came(now_ms);
                let mut model = self.model.borrow_mut();
                let before = (
                    model.playback.at_ms,
                    model.session.cluster().frames().len(),
                    model.session.is_settled(),
                );
                let _moved = model.tick(dt_ms, self.driver.slice());
                let after = (
                    model.playback.at_ms,
                    model.session.cluster().frames().len(),
                    model.session.is_settled(),
                );
                if before == after && model.is_busy() {
                    drop(model);
                    self.driver.ask(true);
                    return false;
                }
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let model = self.model.borrow();
        let position = model.position();
        let tempo = &model.session.stage().tempo;
        let world = self.drawn.borrow_mut().snapshot(&model, position.frame);
        let scene = Rc::new(self.scene(&model));
        let told = scene
            .caption
            .clone()
            .filter(|caption| !caption.spans.is_empty());
        let second = SimTime(position.sim.as_ms() / 1000 * 1000);
        let clock = words::clock(position.sim);
        let ended = model.is_finished() && model.playback.at_ms >= tempo.length_ms() - 1.0;
        let selected = model
            .selected
            .as_ref()
            .and_then(|key| world.store.id(key.kind, &key.namespace, &key.name));
        let class = classes!(
            "app",
            model.embed.then_some("app--embed"),
            model.sheet.then_some("app--sheet")
        );
        let settled = model.session.is_settled() && !model.is_busy();
        let screens = model.terminals.screens(model.moment());
        html! {
            <ContextProvider<EditorSource> context={ctx.props().editor.clone()}>
                <div {class} data-theme={theme(model.theme)} data-settled={settled.to_string()}>
                    { memo((), definitions) }
                    if !model.embed {
                        <a class="skip" href="#stage">{ "To the picture" }</a>
                        { memo(HeaderProps {
                            example: model.example,
                            release: model.release,
                            nodes: model.nodes,
                            dark: is_dark(model.theme),
                            world: world.clone(),
                            copied: model.notice.as_ref().is_some_and(Notice::is_copied),
                            link: self.link.clone(),
                            act: self.act.clone(),
                        }, header) }
                    }
                    <main class="main" id="stage" tabindex="-1">
                        if model.embed {
                            <h1 class="heard">{ "Ordinal" }</h1>
                        }
                        <div class="stage" ref={self.stage_area.clone()}>
                            { memo(StageProps {
                                scene,
                                selected,
                                room: self.room.stage.1,
                                playing: model.playback.playing,
                                on_select: self.on_select.clone(),
                            }, stage) }
                        </div>
                        { memo(NoticeProps {
                            notice: model.notice.clone(),
                            told: model.panel == Panel::Manifests && model.panels,
                            act: self.act.clone(),
                        }, notices) }
                        { self.card(&model, &world, second) }
                    </main>
                    <section class="bottom" aria-label="Time">
                        <div class="controls">
                        { memo(CaptionProps { caption: told }, caption) }
                        { memo(LightProps { world: world.clone() }, light) }
                        { memo(TransportProps {
                            playing: model.playback.playing,
                            speed: model.playback.speed,
                            clock: clock.clone(),
                            computing: !model.session.is_settled(),
                            over: model.session.is_over(),
                            ended,
                            said: said(&model),
                            other: model.has_other(),
                            act: self.act.clone(),
                        }, transport) }
                        </div>
                        { self.lanes(&model, clock) }
                    </section>
                    if model.panels {
                        { memo(SideProps {
                            panel: model.panel,
                            open: model.sheet,
                            world,
                            clock: second,
                            selected: model.selected.clone(),
                            freed: model.freed(),
                            example: model.example,
                            manifests: self.drawn.borrow_mut().manifests(&model),
                            screens,
                            playing: model.playback.playing,
                            act: self.act.clone(),
                        }, side) }
                    }
                </div>
            </ContextProvider<EditorSource>>
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if first {
            let areas = [&self.stage_area, &self.lanes_area].map(|area| area.cast::<Element>());
            let resized = ctx.link().callback(|()| Message::Resized);
            self.listeners = Some(Listeners::new(
                areas,
                resized,
                self.act.clone(),
                ctx.props().whole_page,
            ));
        }
        let model = self.model.borrow();
        if ctx.props().whole_page {
            wear(theme(model.theme));
        }
        if self.selected != model.selected {
            self.selected.clone_from(&model.selected);
            if model.panels && model.sheet && prefers(ONE_COLUMN) {
                show_selected();
            }
        }
        self.driver
            .ask(model.is_busy() || self.drawn.borrow().is_growing());
    }
}

impl App {
    fn scene(&self, model: &Model) -> Scene {
        let (width, height) = self.room.stage;
        let viewport = Viewport { width, height };
        let frames = model.session.cluster().frames();
        model
            .session
            .stage()
            .scene_at(frames, model.playback.at_ms, &viewport, model.motion)
    }

    /// The selected thing, where there is no inspector beside the stage.
    fn card(&self, model: &Model, world: &Snapshot, clock: SimTime) -> Html {
        match &model.selected {
            Some(of) if !model.panels || model.panel == Panel::Terminal => {
                let shown = CardProps {
                    world: world.clone(),
                    clock,
                    of: of.clone(),
                    act: self.act.clone(),
                };
                memo(shown, card)
            }
            _ => Html::default(),
        }
    }

    fn lanes(&self, model: &Model, clock: String) -> Html {
        let view = model.session.stage().lanes.view(self.room.lanes);
        let tempo = &model.session.stage().tempo;
        let scene = self.drawn.borrow_mut().lanes(model, &view);
        html! {
            <LanesPanel
                {scene}
                head={view.x_of(tempo, model.playback.at_ms)}
                at_x={self.at_x.clone()}
                now={(model.playback.at_ms.round(), tempo.length_ms().round())}
                {clock}
                area={self.lanes_area.clone()}
                act={self.act.clone()}
            />
        }
    }

    /// Looks how much room there is. Returns whether that changed.
    fn measure(&mut self) -> bool {
        let size = |area: &NodeRef| {
            let area = area.cast::<Element>();
            area.map(|a| (f64::from(a.client_width()), f64::from(a.client_height())))
                .filter(|(width, _)| *width > 0.0)
        };
        let (mut width, height) = size(&self.stage_area).unwrap_or(self.room.stage);
        if prefers(ONE_COLUMN) {
            // There the stage is turned, however wide it is.
            width = width.min(NARROW - 1.0);
        }
        let room = Room {
            stage: (width, height),
            lanes: size(&self.lanes_area).map_or(self.room.lanes, |(width, _)| width),
        };
        if room == self.room {
            return false;
        }
        self.room = room;
        self.at_x = at_x(&self.model, room.lanes);
        true
    }
}

/// What the cluster said, on one line, where it did as it was told.
fn said(model: &Model) -> Option<AttrValue> {
    let notice = model
        .notice
        .as_ref()
        .filter(|notice| notice.tone == Tone::Done)?;
    Some(notice.text.lines().into_list().join(", ").into())
}

fn theme(theme: Theme) -> Option<&'static str> {
    match theme {
        Theme::System => None,
        Theme::Light => Some("light"),
        Theme::Dark => Some("dark"),
    }
}

/// Keeps the selected thing in sight: where the page has one column, the sheet that tells of it lies over the stage.
fn show_selected() {
    if let Ok(Some(mark)) = document().query_selector(".stage .is-selected") {
        mark.scroll_into_view();
    }
}

/// Gives the whole document its colours, so that its edges and scroll bars have them too.
fn wear(theme: Option<&str>) {
    if let Some(page) = document().document_element() {
        // Setting an attribute whose name is a name cannot fail.
        let _ = match theme {
            Some(theme) => page.set_attribute("data-theme", theme),
            None => page.remove_attribute("data-theme"),
        };
    }
}

fn is_dark(theme: Theme) -> bool {
    match theme {
        Theme::System => prefers("(prefers-color-scheme: dark)"),
        theme => theme == Theme::Dark,
    }
}

fn select(ctx: &Context<App>, model: &Rc<RefCell<Model>>) -> Callback<Option<Id>> {
    let model = model.clone();
    ctx.link().callback(move |id: Option<Id>| {
        let model = model.borrow();
        let world = model.session.cluster().world();
        Message::Act(Command::Page(Page::Select(
            id.map(|id| (**world.store.key(id)).clone()),
        )))
    })
}

/// The address of this run, as a link.
fn link(model: &Rc<RefCell<Model>>) -> Callback<(), String> {
    let model = model.clone();
    Callback::from(move |()| {
        let href = gloo::utils::window().location().href().unwrap_or_default();
        let page = href.split(['?', '#']).next().unwrap_or_default();
        let pairs = model.borrow().link();
        let pairs = pairs.iter().map(|(name, value)| {
            let value = String::from(js_sys::encode_uri_component(value));
            // Links are found in a text up to the first bracket or quotation mark.
            let value = value
                .replace('(', "%28")
                .replace(')', "%29")
                .replace('\'', "%27");
            format!("{name}={value}")
        });
        format!("{page}#{}", pairs.collect::<Vec<_>>().join("&"))
    })
}

fn at_x(model: &Rc<RefCell<Model>>, width: f64) -> Callback<f64, f64> {
    let model = model.clone();
    Callback::from(move |x| {
        let model = model.borrow();
        let stage = model.session.stage();
        stage.lanes.view(width).at_x(&stage.tempo, x)
    })
}

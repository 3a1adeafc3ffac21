/** What people wrote about an experiment or a run: text as it stands, never HTML. */
export function Notes({ text }: { text: string }) {
  return (
    <section className="wm-card" aria-label="Notes">
      <h2 className="wm-card__head" style={{ margin: 0, fontSize: 13 }}>
        Notes
      </h2>
      <div className="wm-card__body wm-notes">{text}</div>
    </section>
  )
}

/// The dashboard of the finalizer's jobs (API.md, section 6): the files in `Dashboard/`, compiled in.
package enum DashboardFiles {
    package static let page = PageFile("dashboard.html", PackageResources.dashboard_html)

    /// What the page links to, by name.
    package static let parts: [String: PageFile] = Dictionary(
        uniqueKeysWithValues: [
            PageFile("api.js", PackageResources.api_js),
            PageFile("audit.js", PackageResources.audit_js),
            PageFile("charts.js", PackageResources.charts_js),
            PageFile("dashboard.css", PackageResources.dashboard_css),
            PageFile("dashboard.js", PackageResources.dashboard_js),
            PageFile("detail.js", PackageResources.detail_js),
            PageFile("dialogs.js", PackageResources.dialogs_js),
            PageFile("elements.js", PackageResources.elements_js),
            PageFile("figures.js", PackageResources.figures_js),
            PageFile("format.js", PackageResources.format_js),
            PageFile("icon.svg", PackageResources.icon_svg),
            PageFile("keys.js", PackageResources.keys_js),
            PageFile("live.js", PackageResources.live_js),
            PageFile("place.js", PackageResources.place_js),
            PageFile("steering.js", PackageResources.steering_js),
            PageFile("table.js", PackageResources.table_js),
            PageFile("words.js", PackageResources.words_js),
            PageFile("workers.js", PackageResources.workers_js),
        ].map { ($0.name, $0) })
}

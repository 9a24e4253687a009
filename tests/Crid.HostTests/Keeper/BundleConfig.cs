using System.Text.Json.Nodes;

namespace Crid.HostTests;

/// <summary>The smallest config.json with which an OCI runtime runs a busybox shell script.</summary>
internal static class BundleConfig
{
    internal static string Write(string cgroup, string script, bool terminal)
    {
        JsonObject config = new()
        {
            ["ociVersion"] = "1.0.2",
            ["process"] = new JsonObject
            {
                ["terminal"] = terminal,
                ["user"] = new JsonObject { ["uid"] = 1000, ["gid"] = 1000 },
                ["args"] = new JsonArray("/bin/busybox", "sh", "-c", script),
                ["env"] = new JsonArray("PATH=/bin"),
                ["cwd"] = "/",
            },
            ["root"] = new JsonObject { ["path"] = "rootfs" },
            ["mounts"] = new JsonArray(Mount("/proc", "proc"), Mount("/dev", "tmpfs"), Mount("/dev/pts", "devpts", "newinstance", "ptmxmode=0666")),
            ["linux"] = new JsonObject
            {
                ["cgroupsPath"] = cgroup,
                ["namespaces"] = new JsonArray(Namespace("pid"), Namespace("mount"), Namespace("ipc"), Namespace("uts")),
            },
        };
        return config.ToJsonString();
    }

    private static JsonObject Mount(string destination, string type, params string[] options) => new()
    {
        ["destination"] = destination,
        ["type"] = type,
        ["source"] = type,
        ["options"] = new JsonArray([.. options.Select(option => JsonValue.Create(option))]),
    };

    private static JsonObject Namespace(string type) => new() { ["type"] = type };
}

using System.Text.Json;
using Crid.Pods;

namespace Crid.Cri;

/// <summary>What a verbose status tells of a sandbox beyond the CRI's fields.</summary>
internal static class SandboxInfo
{
    public static string ToJson(Sandbox sandbox) => VerboseInfo.Write(writer =>
    {
        writer.WriteNumber("pid", sandbox.Status.Environment?.InfraPid ?? 0);
        writer.WriteString("netNamespace", sandbox.Status.Environment?.NetworkNamespace);
        writer.WriteString("cgroupParent", sandbox.Spec.CgroupParent);
        writer.WriteBoolean("privileged", sandbox.Spec.Security.Privileged);
        WriteNetworkResult(writer, sandbox.Status.NetworkResultJson);
    });

    private static void WriteNetworkResult(Utf8JsonWriter writer, string json)
    {
        if (json.Length > 0)
        {
            writer.WritePropertyName("cniResult");
            using JsonDocument result = JsonDocument.Parse(json);
            result.WriteTo(writer);
        }
    }
}

using System.Text.Json;
using Crid.Pods;
using Crid.Runtimes;

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
        WriteResources(writer, "resources", sandbox.Status.Resources);
        WriteResources(writer, "overhead", sandbox.Status.Overhead);
        WriteNetworkResult(writer, sandbox.Status.NetworkResultJson);
    });

    /// <summary>What the node agent said of the pod; it sets the pod's cgroup itself.</summary>
    private static void WriteResources(Utf8JsonWriter writer, string name, ResourcesSpec? resources)
    {
        if (resources is not null)
        {
            writer.WriteStartObject(name);
            writer.WriteNumber("cpuPeriod", resources.CpuPeriod);
            writer.WriteNumber("cpuQuota", resources.CpuQuota);
            writer.WriteNumber("cpuShares", resources.CpuShares);
            writer.WriteNumber("memoryLimitInBytes", resources.MemoryLimitInBytes);
            writer.WriteEndObject();
        }
    }

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

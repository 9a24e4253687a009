namespace Crid.Runtimes;

/// <summary>
/// The annotations of a spec: who the container is, under the keys that runtimes for virtual machines look for. Those of the pod are not
/// passed on, because runtimes obey some of them.
/// </summary>
internal static class SpecAnnotations
{
    private const string Prefix = "io.kubernetes.cri.";

    public static IReadOnlyDictionary<string, string> For(SpecInput input)
    {
        SandboxMetadata sandbox = input.Creation.Sandbox.Metadata;
        return new OrderedDictionary<string, string>
        {
            [Prefix + "container-type"] = "container",
            [Prefix + "container-name"] = input.Spec.Metadata.Name,
            [Prefix + "image-name"] = input.Spec.UserSpecifiedImage.Length > 0 ? input.Spec.UserSpecifiedImage : input.Spec.Image,
            [Prefix + "sandbox-id"] = input.Environment.Id.Value,
            [Prefix + "sandbox-name"] = sandbox.Name,
            [Prefix + "sandbox-namespace"] = sandbox.Namespace,
            [Prefix + "sandbox-uid"] = sandbox.Uid,
        };
    }
}

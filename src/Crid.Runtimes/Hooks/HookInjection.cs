using Crid.Core;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>Gives a container the hooks of the operator that fit it, after those that it has already.</summary>
internal static class HookInjection
{
    /// <exception cref="CridException">FailedPrecondition: the program of a hook does not exist.</exception>
    public static OciSpec Apply(OciSpec spec, SpecInput input, IHostFiles files)
    {
        if (input.Hooks.Count == 0)
        {
            return spec;
        }

        Dictionary<string, string> annotations = new(input.Creation.Sandbox.Annotations, StringComparer.Ordinal);
        foreach ((string key, string value) in input.Spec.Annotations)
        {
            annotations[key] = value;
        }

        OciHooks? hooks = spec.Hooks;
        foreach (HookRule rule in input.Hooks.Where(rule => rule.Fits(spec.Process.Args[0], annotations, input.Spec.Mounts.Count > 0)))
        {
            if (!files.Exists(rule.Hook.Path))
            {
                throw CridException.FailedPrecondition($"OCI hook {rule.File}: its program '{rule.Hook.Path}' does not exist");
            }

            hooks = rule.Stages.Aggregate(hooks ?? new OciHooks(), (all, stage) => all.Append(stage, rule.Hook)!);
        }

        return spec with { Hooks = hooks };
    }
}

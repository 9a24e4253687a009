using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>Stores a pod's resources and overhead; the cgroup of the pod is the node agent's own.</summary>
internal sealed class UpdateSandboxResources(PodsContext context)
{
    public Task ExecuteAsync(string id, ResourcesSpec? overhead, ResourcesSpec? resources) =>
        context.Sandboxes.UpdateAsync(
            context.Sandboxes.Get(id).Id,
            sandbox => sandbox with
            {
                Status = sandbox.Status with
                {
                    Overhead = overhead ?? sandbox.Status.Overhead,
                    Resources = resources ?? sandbox.Status.Resources,
                },
            });
}

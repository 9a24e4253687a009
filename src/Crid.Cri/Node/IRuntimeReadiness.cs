namespace Crid.Cri;

/// <summary>Says whether containers can be run now.</summary>
public interface IRuntimeReadiness
{
    /// <summary>Answered from memory: kubelet asks every five seconds.</summary>
    RuntimeReadiness GetReadiness();
}

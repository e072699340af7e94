/* Names of one precision, and of one instruction set of it. */
#define OF(name) JOIN(name, PRECISION)
#define NAME(name) JOIN(name, JOIN(INSTRUCTIONS, PRECISION))
#define Task OF(Task)
#define Layer OF(Layer)
#define Block OF(Block)
#define Stretch OF(Stretch)
#define Area OF(Area)
#define Run OF(Run)
